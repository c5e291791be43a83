package compose

func (c *composition) satisfy() {}
