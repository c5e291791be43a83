package main

import (
	"context"
	"os/exec"
	"runtime"
)

// browse opens a page with whatever the system opens pages with. That there is
// nothing is no failure: the address was printed.
func browse(ctx context.Context, url string) {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	_ = exec.CommandContext(ctx, name, args...).Start()
}
