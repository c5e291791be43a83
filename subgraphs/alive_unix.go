//go:build unix

package subgraphs

import "syscall"

// alive looks at an unused connection without waiting: it must be open and
// silent. A byte that nobody asked for spoils it as much as an end does.
func (c *conn) alive() bool {
	socket, ok := c.raw.(syscall.Conn)
	if !ok {
		return true
	}
	control, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	// Control rather than Read: the deadline of the last use may have passed.
	err = control.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = n <= 0 && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK)
	})
	return err == nil && silent
}
