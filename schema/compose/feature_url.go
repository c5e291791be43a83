package compose

import (
	"fmt"
	"net/url"
	"strings"
)

// featureURL is the url of a @link taken apart:
// https://specs.apollo.dev/federation/v2.9 has the identity
// https://specs.apollo.dev/federation, the name federation and version 2.9.
type featureURL struct {
	identity, name string
	version        version
}

// parseFeatureURL reads a url or says what is wrong with it.
func parseFeatureURL(text string) (featureURL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return featureURL{}, fmt.Errorf("%s is not a URL like %q", quote(text), "https://example.com/name/v1.0")
	}
	path := strings.Split(u.EscapedPath(), "/")
	last := path[len(path)-1]
	v, ok := parseVersion(last)
	if !ok {
		return featureURL{}, fmt.Errorf("the url %s must end in a version like v1.0, not in %s", quote(text), quote(last))
	}
	path = path[:len(path)-1]
	if len(path) == 0 || path[len(path)-1] == "" {
		return featureURL{}, fmt.Errorf("the url %s has no feature name before the version", quote(text))
	}
	identity := strings.ToLower(u.Scheme+"://"+u.Host) + strings.Join(path, "/")
	return featureURL{identity: identity, name: path[len(path)-1], version: v}, nil
}
