package compose

import "sort"

// linkedFeatures returns the features whose @link the supergraph needs besides
// link and join, by identity: those of composed directives, and those of
// carried ones.
func (c *composition) linkedFeatures() []*featureLink {
	var features []*featureLink
	seen := map[string]bool{}
	for _, d := range c.specs.composed {
		if d.feature != nil && !seen[d.feature.identity] {
			seen[d.feature.identity] = true
			features = append(features, d.feature)
		}
	}
	if connect := c.connectFeature(); connect != nil {
		features = append(features, connect)
	}
	if c.appliesCacheTag() {
		features = append(features, &featureLink{identity: cacheTagIdentity, name: "cacheTag", version: version{0, 1}, purpose: "EXECUTION"})
	}
	sort.SliceStable(features, func(i, j int) bool { return features[i].identity < features[j].identity })
	return features
}

// stableConnect is the newest version of the connect feature that is not a
// preview. Routers understand every older one, and refuse a supergraph that
// links one newer than newestConnect.
var (
	stableConnect = version{0, 3}
	newestConnect = version{0, 4}
)

// connectFeature is the @link for @connect: the newest stable version, or the
// newest linked one if that is newer; nil if no subgraph links the feature in a
// version that is known. @join__directive carries the others all the same.
func (c *composition) connectFeature() *featureLink {
	var link *featureLink
	for _, s := range c.subgraphs {
		for _, a := range s.directives {
			if carriedName(s, a) == "" || linkedIdentity(a) != connectIdentity {
				continue
			}
			u, err := parseFeatureURL(a.text("url"))
			if err != nil || newestConnect.less(u.version) {
				continue
			}
			if link == nil {
				link = &featureLink{identity: connectIdentity, name: "connect", version: stableConnect, purpose: "EXECUTION"}
			}
			if link.version.less(u.version) {
				link.version = u.version
			}
		}
	}
	return link
}

// appliesCacheTag reports whether some element of the supergraph carries a
// @cacheTag.
func (c *composition) appliesCacheTag() bool {
	for _, t := range c.merged.types {
		if carriesCacheTag(t.joined) {
			return true
		}
		for _, f := range t.fields {
			if carriesCacheTag(f.joined) {
				return true
			}
		}
	}
	return false
}

func carriesCacheTag(joined []joinDirective) bool {
	for _, j := range joined {
		if j.name == cacheTagName {
			return true
		}
	}
	return false
}
