package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsDoNotPrint(t *testing.T) {
	holder := struct{ Pepper Secret }{"swordfish"}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", holder, "b", holder.Pepper, "c", &holder)
	text, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(text) + fmt.Sprint(holder, holder.Pepper) + fmt.Sprintf("%v %+v %#v %s %q", holder, holder, holder, holder.Pepper, holder.Pepper)
	if strings.Contains(shown, "sword") {
		t.Error(shown)
	}
	if holder.Pepper.Reveal() != "swordfish" || Secret("").String() != "" {
		t.Error("the value is lost")
	}
}
