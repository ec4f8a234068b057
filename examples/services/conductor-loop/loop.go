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

// Intent is a requested change of a workload. Unknown fields are ignored: the schema belongs to
// the writer, and a newer writer must not stop an older reader.
type Intent struct {
	ID, Kind, Target string
	Replicas         *int
}

// Handler carries out one intent and returns soon after ctx ends. An error after that end means
// "not done": the handler gets the intent again at the next start.
type Handler func(ctx context.Context, log *slog.Logger, intent Intent) error

// logIntent is the handler to replace: it only logs the intent.
func logIntent(ctx context.Context, log *slog.Logger, intent Intent) error {
	log.InfoContext(ctx, "intent", "id", intent.ID, "kind", intent.Kind, "target", intent.Target)
	return nil
}

// loop passes intents to the handler one at a time, in the order of their names.
type loop struct {
	spool
	handle    Handler
	log       *slog.Logger
	unwritten map[string]end // records not yet on disk (full?); without them the handler would run again
}

// run works until ctx ends. An event only triggers a scan of the inbox, so a lost, duplicate or
// late event does no harm.
func (l *loop) run(ctx context.Context) error {
	handled.WithLabelValues("ok") // a rate needs a zero before the first intent
	handled.WithLabelValues("failed")
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer watcher.Close()
	// Watch before the first scan: an intent that arrives in between is seen twice, never missed.
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
		case <-time.After(30 * time.Second): // network volumes send no events, a full disk may have room again
		}
	}
}

// look finishes every waiting intent. An intent that cannot be finished waits for the next scan.
func (l *loop) look(ctx context.Context) error {
	entries, err := os.ReadDir(l.inbox)
	for _, entry := range entries {
		name := entry.Name() // a leading dot: still being written
		if ctx.Err() != nil || !entry.Type().IsRegular() || name[0] == '.' || filepath.Ext(name) != ".json" {
			continue
		}
		if err := l.finish(ctx, name); err != nil {
			l.log.Error("intent stays in the inbox", "file", name, "error", err)
		}
	}
	return err
}

// finish runs the handler, writes the record and moves the intent. The handler gets an intent
// again only after a crash inside it, or before the record is on disk.
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
	// No sync: if a power cut undoes the move, the record makes the next start repeat it.
	return os.Rename(filepath.Join(l.inbox, name), l.path(e, name))
}

// settle writes the record of the handler's result, of this scan or an earlier one.
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

// attempt calls the handler. A failure of the handler is a result; an error means "no result yet".
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
		return failed(err), ctx.Err() // an interrupted handler has no result
	}
	receipt, err := json.Marshal(map[string]any{"id": intent.ID, "kind": intent.Kind, "handled_at": time.Now().UTC()})
	return ok(receipt), err
}
