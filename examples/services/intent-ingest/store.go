package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

var errExists = errors.New("an intent with this id exists")

// store is the folder shared with conductor-loop: an intent ID starts as inbox/ID.json and is
// moved by conductor-loop to handled/ or failed/.
type store struct{ root string }

// openStore writes a test file: a wrong owner or a read-only mount should fail at the start, not
// at the first intent.
func openStore(root string) (store, error) {
	inbox := filepath.Join(root, "inbox")
	err := os.MkdirAll(inbox, 0o755)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(inbox, ".writable-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return store{}, fmt.Errorf("folder %s is not writable: %w", inbox, err)
	}
	return store{root}, nil
}

// state is "accepted", "handled", "failed", or "" for an unknown id. The inbox is checked
// first: an intent that moves meanwhile is found in one of the two folders.
func (s store) state(id string) (string, error) {
	for _, place := range []struct{ dir, state string }{
		{"inbox", "accepted"}, {"handled", "handled"}, {"failed", "failed"},
	} {
		_, err := os.Stat(filepath.Join(s.root, place.dir, id+".json"))
		if !errors.Is(err, fs.ErrNotExist) {
			return place.state, err
		}
	}
	return "", nil
}

// add puts an intent into the inbox, completely or not at all, even after a power cut, because the
// client has got the reply "accepted".
func (s store) add(id string, data []byte) error {
	if state, err := s.state(id); err != nil {
		return err
	} else if state != "" {
		return errExists
	}
	dir, err := os.Open(filepath.Join(s.root, "inbox"))
	if err != nil {
		return err
	}
	defer dir.Close()
	file, err := os.CreateTemp(dir.Name(), "."+id+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(data)
	if err := errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close()); err != nil {
		return err
	}
	// A link instead of a rename: it fails if the name exists, so of two requests with the same
	// id, even in two processes, one succeeds and one gets an error.
	err = os.Link(file.Name(), filepath.Join(dir.Name(), id+".json"))
	if errors.Is(err, fs.ErrExist) {
		return errExists
	}
	return errors.Join(err, dir.Sync()) // without the sync a power cut may undo the link
}
