package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

var (
	handled = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "conductor_intents_handled_total", Help: "Intents that came to an end.",
	}, []string{"result"})
	duration = promauto.NewHistogram(prometheus.HistogramOpts{Name: "conductor_intent_duration_seconds", Help: "Handler time."})
)

// Intent describes a change to a workload. Unknown fields are ignored: the writer owns the schema,
// and an older reader must accept files of a newer writer.
type Intent struct {
	ID, Kind, Target string
	Replicas         *int
}

// Handler executes one intent and returns soon after ctx ends. An error after that means "not
// done": the intent is handled again at the next start.
type Handler func(ctx context.Context, log *slog.Logger, intent Intent) error

// logIntent is a placeholder handler that logs the intent.
func logIntent(ctx context.Context, log *slog.Logger, intent Intent) error {
	log.InfoContext(ctx, "intent", "id", intent.ID, "kind", intent.Kind, "target", intent.Target)
	return nil
}

// loop handles intents one at a time, in the order of their file names.
type loop struct {
	spool
	handle    Handler
	log       *slog.Logger
	unwritten map[string]end // did not reach the disk (full?); kept, or the handler is called again
}

// run works until ctx ends. A file system event only triggers a scan of the inbox, so a lost,
// duplicate or late event is harmless.
func (l *loop) run(ctx context.Context) error {
	handled.WithLabelValues("ok") // a rate needs the zero before the first intent
	handled.WithLabelValues("failed")
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	// Watch before the first scan: a file that arrives in between is seen twice, never missed.
	if err := watcher.Add(l.inbox); err != nil {
		return err
	}
	for {
		if err := l.look(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
		case err := <-watcher.Errors:
			l.log.Warn("watching the inbox", "error", err)
		case <-time.After(30 * time.Second): // network volumes send no events, full disks get room
		}
	}
}

// look handles every intent in the inbox. An intent that cannot be finished waits for the next scan.
func (l *loop) look(ctx context.Context) error {
	entries, err := os.ReadDir(l.inbox)
	for _, entry := range entries {
		name := entry.Name() // a dot in front: somebody still writes it
		if ctx.Err() != nil || !entry.Type().IsRegular() || name[0] == '.' || filepath.Ext(name) != ".json" {
			continue
		}
		if err := l.finish(ctx, name); err != nil {
			l.log.Error("intent stays in the inbox", "file", name, "error", err)
		}
	}
	return err
}

// finish calls the handler, writes the record and moves the file. An intent is handled twice only
// after a crash inside the handler or before the record is on disk.
func (l *loop) finish(ctx context.Context, name string) error {
	e, found, err := l.recorded(name)
	if found {
		l.log.Warn("has a record, is not handed out again", "file", name, "result", e.result)
	} else if err == nil {
		e, err = l.settle(ctx, name)
	}
	if err != nil {
		return err
	}
	// No sync: if a power failure undoes the move, the next start repeats it because of the record.
	return os.Rename(filepath.Join(l.inbox, name), l.path(e, name))
}

// settle writes the record of the handler's result, of this or of an earlier scan.
func (l *loop) settle(ctx context.Context, name string) (e end, err error) {
	e, known := l.unwritten[name]
	if !known {
		if e, err = l.attempt(ctx, name); err != nil {
			return e, err
		}
		l.unwritten[name] = e
	}
	if err = writeDurably(l.path(e, name+e.suffix), e.text); err == nil {
		delete(l.unwritten, name)
		handled.WithLabelValues(e.result).Inc()
	}
	return e, err
}

// attempt calls the handler. A failed intent is a result; an error means that there is none yet.
func (l *loop) attempt(ctx context.Context, name string) (end, error) {
	data, err := os.ReadFile(filepath.Join(l.inbox, name))
	if err != nil {
		return end{}, err
	}
	var intent Intent
	if err = json.Unmarshal(data, &intent); err == nil && (intent.ID == "" || intent.Kind == "") {
		err = errors.New(`"id" and "kind" are needed`)
	}
	if err == nil {
		timer := prometheus.NewTimer(duration)
		err = l.handle(ctx, l.log, intent)
		timer.ObserveDuration()
	}
	if err != nil {
		l.log.Warn("intent failed", "file", name, "error", err)
		return failed(err), ctx.Err() // cut short is not an end
	}
	receipt, err := json.Marshal(map[string]any{"id": intent.ID, "kind": intent.Kind, "handled_at": time.Now().UTC()})
	return ok(receipt), err
}
