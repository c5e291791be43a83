//go:build !unix

package subgraphs

// watch is nothing here.
type watch struct{}

// alive trusts the connection: there is no way to look at it without waiting. A
// request that may be sent again is, if it turns out to be closed.
func (c *conn) alive() bool { return true }
