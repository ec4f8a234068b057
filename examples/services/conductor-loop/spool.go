package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// spool is the only state of the service. The result of inbox/NAME is first written, durably, to
// handled/NAME.receipt or failed/NAME.error; then the file moves next to that record. So an inbox
// file with a record was handled before a crash, and a name can be used only once.
type spool struct{ root, inbox string }

// end is the result of an intent: the text of its record, and the folder of record and file.
type end struct{ result, dir, suffix, text string }

func ok(receipt []byte) end   { return end{"ok", "handled", ".receipt", string(receipt) + "\n"} }
func failed(reason error) end { return end{"failed", "failed", ".error", fmt.Sprintln(reason)} }

// openSpool creates missing folders and writes a test file to each: a wrong owner or a read-only
// mount should fail at the start, not at the first intent.
func openSpool(root string) (spool, error) {
	box := spool{root, filepath.Join(root, "inbox")}
	for _, dir := range []string{box.inbox, filepath.Join(root, "handled"), filepath.Join(root, "failed")} {
		err := os.MkdirAll(dir, 0o755)
		if err == nil {
			probe := filepath.Join(dir, ".writable")
			err = writeDurably(probe, "")
			os.Remove(probe)
		}
		if err != nil {
			return box, fmt.Errorf("folder %s is not writable: %w", dir, err)
		}
	}
	return box, nil
}

// recorded finds the result that an earlier process wrote. Only "no such file" means that there is
// none: if another error did too, the handler would get an intent twice.
func (s spool) recorded(name string) (end, bool, error) {
	for _, e := range []end{ok(nil), failed(nil)} {
		if _, err := os.Stat(s.path(e, name+e.suffix)); !errors.Is(err, fs.ErrNotExist) {
			return e, err == nil, err
		}
	}
	return end{}, false, nil
}

func (s spool) path(e end, name string) string { return filepath.Join(s.root, e.dir, name) }

// writeDurably creates the whole file or none of it, even after a power cut.
func writeDurably(path, text string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	file, err := os.CreateTemp(dir.Name(), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // has no effect after the rename
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(file.Name(), path), dir.Sync()) // without the sync a power cut may undo the rename
}
