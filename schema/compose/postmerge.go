package compose

func (c *composition) postMerge() {}
