package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is the time limit of a healthy run on a slow machine.
const patience = 20 * time.Second

func TestRunAnswersArguments(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	write(t, blocked, "")
	for title, tc := range map[string]struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		"version":         {[]string{"--version"}, 0, "conductor-loop dev\n", ""},
		"help":            {[]string{"--help"}, 0, "", "-intents folder"},
		"unknown flag":    {[]string{"--nope"}, 64, "", "-nope"},
		"stray argument":  {[]string{"stray"}, 64, "", "stray"},
		"not writable":    {[]string{"--intents", blocked}, 1, "", "is not writable"},
		"bad address":     {[]string{"--intents", t.TempDir(), "--addr", "nonsense"}, 1, "", "nonsense"},
		"version and bad": {[]string{"--version", "--nope"}, 64, "", "-nope"},
	} {
		t.Run(title, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tc.args, &stdout, &stderr); code != tc.code {
				t.Errorf("exit code: want %d, got %d (%s)", tc.code, code, &stderr)
			}
			if stdout.String() != tc.stdout {
				t.Errorf("stdout: want %q, got %q", tc.stdout, &stdout)
			}
			if !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("stderr: want %q in it, got %q", tc.stderr, &stderr)
			}
			if tc.code == 1 && strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("stderr: want one line, got %q", &stderr)
			}
		})
	}
}

func TestServiceHandlesAnIntentAndEndsWithZero(t *testing.T) {
	root := t.TempDir()
	ctx, terminate := context.WithCancel(t.Context())
	defer terminate()
	reader, stderr := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"--addr", "127.0.0.1:0", "--intents", root}, io.Discard, stderr)
		stderr.Close()
	}()
	base := "http://" + listening(t, reader)

	if body := get(t, base+"/healthz"); body != "ok" {
		t.Errorf("/healthz: want ok, got %q", body)
	}
	before := get(t, base+"/metrics")
	deliver(t, root, "a.json", `{"id":"a","kind":"deploy","target":"web"}`)
	await(t, filepath.Join(root, "handled", "a.json"))
	var receipt struct {
		ID, Kind  string
		HandledAt time.Time `json:"handled_at"`
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(root, "handled", "a.json.receipt"))), &receipt); err != nil {
		t.Fatal(err)
	}
	if receipt.ID != "a" || receipt.Kind != "deploy" || receipt.HandledAt.IsZero() {
		t.Errorf("receipt: got %+v", receipt)
	}
	for _, line := range []string{"conductor_intents_handled_total", "conductor_intent_duration_seconds_count"} {
		if !strings.Contains(before, line) {
			t.Errorf("/metrics: want %s in it, got\n%s", line, before)
		}
	}

	terminate()
	select {
	case code := <-exit:
		if code != 0 {
			t.Errorf("exit code: want 0, got %d", code)
		}
	case <-time.After(patience):
		t.Fatal("did not end after the signal")
	}
}

// listening reads the log until it contains the address, then keeps draining it.
func listening(t *testing.T, log io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var entry struct{ Msg, Addr string }
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "listening" {
			go io.Copy(io.Discard, log)
			return entry.Addr
		}
	}
	t.Fatal("the log never named an address")
	return ""
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v", url, response.Status, err)
	}
	return string(body)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
