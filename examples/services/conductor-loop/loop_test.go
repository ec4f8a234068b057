package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

const valid = `{"id":"a","kind":"scale","target":"web","replicas":3}`

// recorder is a handler that sends each intent to the test.
type recorder struct {
	calls chan Intent
	err   error
}

func (r recorder) handle(_ context.Context, _ *slog.Logger, intent Intent) error {
	r.calls <- intent
	return r.err
}

func newTestLoop(t *testing.T, handle Handler) *loop {
	t.Helper()
	box, err := openSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &loop{box, handle, slog.New(slog.DiscardHandler), map[string]end{}}
}

// A crash can leave the folders in any of these states; each has one correct result.
func TestLookBringsIntentsToTheirEnd(t *testing.T) {
	for title, tc := range map[string]struct {
		before map[string]string
		err    error
		calls  int
		after  []string
	}{
		"fresh":            {map[string]string{"inbox/a.json": valid}, nil, 1, []string{"handled/a.json", "handled/a.json.receipt"}},
		"handler fails":    {map[string]string{"inbox/a.json": valid}, errors.New("no"), 1, []string{"failed/a.json", "failed/a.json.error"}},
		"not JSON":         {map[string]string{"inbox/a.json": "{"}, nil, 0, []string{"failed/a.json", "failed/a.json.error"}},
		"no kind":          {map[string]string{"inbox/a.json": `{"id":"a"}`}, nil, 0, []string{"failed/a.json", "failed/a.json.error"}},
		"crash, receipt":   {map[string]string{"inbox/a.json": valid, "handled/a.json.receipt": "{}"}, nil, 0, []string{"handled/a.json", "handled/a.json.receipt"}},
		"crash, error":     {map[string]string{"inbox/a.json": valid, "failed/a.json.error": "no"}, nil, 0, []string{"failed/a.json", "failed/a.json.error"}},
		"crash, no rename": {map[string]string{"inbox/a.json": valid, "handled/.new-1": "{"}, nil, 1, []string{"handled/.new-1", "handled/a.json", "handled/a.json.receipt"}},
		"being written":    {map[string]string{"inbox/.a.json": "{"}, nil, 0, []string{"inbox/.a.json"}},
		"other file":       {map[string]string{"inbox/a.txt": "x"}, nil, 0, []string{"inbox/a.txt"}},
		"folder":           {map[string]string{"inbox/a.json/x": ""}, nil, 0, []string{"inbox/a.json/x"}},
	} {
		t.Run(title, func(t *testing.T) {
			spy := recorder{make(chan Intent, 9), tc.err}
			l := newTestLoop(t, spy.handle)
			for path, text := range tc.before {
				path = filepath.Join(l.root, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, path, text)
			}
			for range 2 { // the second scan finds nothing to do
				if err := l.look(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if len(spy.calls) != tc.calls {
				t.Errorf("handler calls: want %d, got %d", tc.calls, len(spy.calls))
			}
			if got := files(t, l.root); !slices.Equal(got, tc.after) {
				t.Errorf("files: want %q, got %q", tc.after, got)
			}
		})
	}
}

func TestHandlerGetsTheIntent(t *testing.T) {
	spy := recorder{calls: make(chan Intent, 1)}
	l := newTestLoop(t, spy.handle)
	write(t, filepath.Join(l.inbox, "a.json"), valid)
	if err := l.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := <-spy.calls
	if got.ID != "a" || got.Kind != "scale" || got.Target != "web" || got.Replicas == nil || *got.Replicas != 3 {
		t.Errorf("intent: got %+v", got)
	}
}

func TestRunHandsOutWhatWaitsAndWhatArrives(t *testing.T) {
	spy := recorder{calls: make(chan Intent, 9)}
	l := newTestLoop(t, spy.handle)
	deliver(t, l.root, "a.json", valid)
	before := testutil.ToFloat64(handled.WithLabelValues("ok"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.run(ctx) }()

	await(t, filepath.Join(l.root, "handled", "a.json"))
	for _, name := range []string{"b.json", "c.json", "d.json"} {
		deliver(t, l.root, name, valid)
	}
	for _, name := range []string{"b.json", "c.json", "d.json"} {
		await(t, filepath.Join(l.root, "handled", name))
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if len(spy.calls) != 4 {
		t.Errorf("handler calls: want 4, got %d", len(spy.calls))
	}
	if got := testutil.ToFloat64(handled.WithLabelValues("ok")) - before; got != 4 {
		t.Errorf("counter: want 4 more, got %v", got)
	}
}

func TestUnwrittenRecordDoesNotRepeatTheHandler(t *testing.T) {
	spy := recorder{calls: make(chan Intent, 9)}
	l := newTestLoop(t, spy.handle)
	write(t, filepath.Join(l.inbox, "a.json"), valid)
	home := filepath.Join(l.root, "handled")
	if err := os.Remove(home); err != nil { // simulates a full disk
		t.Fatal(err)
	}
	for range 2 {
		if err := l.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, l.root); !slices.Equal(got, []string{"inbox/a.json"}) {
		t.Errorf("files: want the intent in the inbox, got %q", got)
	}
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := l.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(spy.calls) != 1 {
		t.Errorf("handler calls: want 1, got %d", len(spy.calls))
	}
	if got := files(t, l.root); !slices.Equal(got, []string{"handled/a.json", "handled/a.json.receipt"}) {
		t.Errorf("files: got %q", got)
	}
}

func TestHandlerCutShortKeepsTheIntent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := newTestLoop(t, func(ctx context.Context, _ *slog.Logger, _ Intent) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	write(t, filepath.Join(l.inbox, "a.json"), valid)
	if err := l.run(ctx); err != nil {
		t.Fatal(err)
	}
	if got := files(t, l.root); !slices.Equal(got, []string{"inbox/a.json"}) {
		t.Errorf("files: want the intent in the inbox, got %q", got)
	}
}

func TestRunEndsWithAnErrorWhenTheInboxIsGone(t *testing.T) {
	l := newTestLoop(t, recorder{}.handle)
	if err := os.Remove(l.inbox); err != nil {
		t.Fatal(err)
	}
	if err := l.run(t.Context()); err == nil {
		t.Error("want an error, got none")
	}
}

// deliver puts an intent into the inbox as writers should: a temporary name first, then a rename.
func deliver(t *testing.T, root, name, text string) {
	t.Helper()
	inbox := filepath.Join(root, "inbox")
	write(t, filepath.Join(inbox, "."+name), text)
	if err := os.Rename(filepath.Join(inbox, "."+name), filepath.Join(inbox, name)); err != nil {
		t.Fatal(err)
	}
}

// await returns when the file exists. It watches before it checks, for the same reason as run.
func await(t *testing.T, path string) {
	t.Helper()
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(patience)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-watcher.Events:
		case err := <-watcher.Errors:
			t.Fatal(err)
		case <-deadline:
			t.Fatalf("%s did not come within %v", path, patience)
		}
	}
}

// files lists the regular files below root, sorted.
func files(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			relative, _ := filepath.Rel(root, path)
			found = append(found, relative)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
