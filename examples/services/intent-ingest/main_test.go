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
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for title, tc := range map[string]struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		"version":        {[]string{"--version"}, 0, "intent-ingest dev\n", ""},
		"help":           {[]string{"--help"}, 0, "", "-intents folder"},
		"unknown flag":   {[]string{"--nope"}, 64, "", "-nope"},
		"stray argument": {[]string{"stray"}, 64, "", "stray"},
		"not writable":   {[]string{"--intents", blocked}, 1, "", "is not writable"},
		"bad address":    {[]string{"--intents", t.TempDir(), "--addr", "nonsense"}, 1, "", "nonsense"},
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

func TestServiceAnswersAndEndsWithZero(t *testing.T) {
	ctx, terminate := context.WithCancel(t.Context())
	defer terminate()
	reader, stderr := io.Pipe()
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"--addr", "127.0.0.1:0", "--intents", t.TempDir()}, io.Discard, stderr)
		stderr.Close()
	}()
	response, err := http.Get("http://" + listening(t, reader) + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK || string(body) != "ok" {
		t.Errorf("/healthz: want 200 ok, got %s %q %v", response.Status, body, err)
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
