// Package auth finds out who asks, and what they may see.
package auth
