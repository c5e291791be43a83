package compose

func (c *composition) print() {}
