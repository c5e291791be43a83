package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// etag is a strong validator: half of a SHA-256 of the bytes, so that every
// gateway has the same for the same answer.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	var dst [26]byte
	dst[0] = '"'
	n := 1 + base64.RawURLEncoding.EncodedLen(16)
	base64.RawURLEncoding.Encode(dst[1:n], sum[:16])
	dst[n] = '"'
	return string(dst[:n+1])
}

// matches reports whether an If-None-Match header names the tag. The comparison
// is the weak one, RFC 9110 section 13.1.2: a proxy that compresses makes our
// tags weak.
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for candidate := range strings.SplitSeq(line, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// header is the Cache-Control of an answer without errors. Without @cache the
// answer may be kept but is asked for again each time, which its ETag makes
// cheap.
func (c *Cache) header() string {
	if c == nil {
		return "private, no-cache"
	}
	text := "private, max-age=" + seconds(c.TTL)
	if c.Public {
		text = "public, max-age=" + seconds(c.TTL)
	}
	if c.Stale > 0 {
		text += ", stale-while-revalidate=" + seconds(c.Stale)
	}
	return text
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
