//go:build unix

package subgraphs

import "syscall"

// watch is what alive needs, made at its first call: it is asked before every
// request and must not allocate.
type watch struct {
	control syscall.RawConn
	look    func(fd uintptr)
	silent  bool
	peeked  [1]byte
}

// alive looks at an unused connection without waiting: it must be open and
// silent. A byte that nobody asked for spoils it as much as an end does.
func (c *conn) alive() bool {
	w := &c.watch
	if w.control == nil && !w.bind(c) {
		return false
	}
	w.silent = false
	// Control rather than Read: the deadline of the last use may have passed.
	err := w.control.Control(w.look)
	return err == nil && w.silent
}

// bind reports whether the socket of c, which may be below TLS, can be looked at.
func (w *watch) bind(c *conn) bool {
	socket, ok := c.raw.(syscall.Conn)
	if !ok {
		return false
	}
	control, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	w.control = control
	w.look = func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), w.peeked[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		w.silent = n <= 0 && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK)
	}
	return true
}
