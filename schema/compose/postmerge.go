package compose

// postMerge is phase 6: rules about the merged schema that no subgraph can
// break alone. It is only asked about schemas that merged without an error; its
// own steps too run only if the earlier ones found nothing.
func (c *composition) postMerge() {
	for _, check := range []func(*composition){
		(*composition).checkLinkedDemand,
		(*composition).checkMergedFederation,
		(*composition).checkMergedGraphQL,
	} {
		if len(c.result.Errors) == 0 {
			check(c)
		}
	}
}

// checkLinkedDemand checks @cost and @listSize where the feature is linked
// without federation's help.
func (c *composition) checkLinkedDemand() {
	for _, s := range c.subgraphs {
		c.checkDemandControl(s, false)
	}
}

// checkMergedFederation checks what federation promises about the merged
// schema.
func (c *composition) checkMergedFederation() {
	c.checkImplementations()
	c.checkMergedRequires()
	c.checkTransitiveAuth()
}
