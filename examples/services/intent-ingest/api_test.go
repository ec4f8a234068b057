package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

const (
	id    = "0191d1e0-0000-7000-8000-000000000001"
	scale = `{"kind":"scale","target":"web","replicas":3}`
)

type answer struct {
	status int
	header http.Header
	body   struct {
		ID, State string
		Errors    []violation
	}
}

func newTestAPI(t *testing.T) (http.Handler, string) {
	t.Helper()
	root := t.TempDir()
	box, err := openStore(root)
	if err != nil {
		t.Fatal(err)
	}
	return newAPI(box, slog.New(slog.DiscardHandler)), root
}

func send(t *testing.T, api http.Handler, method, path, media, body string) (got answer) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, request)
	got.status, got.header = recorder.Code, recorder.Header()
	if strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(recorder.Body.Bytes(), &got.body); err != nil {
			t.Error(err) // not Fatal: some tests send from other goroutines
		}
	}
	return got
}

func postJSON(t *testing.T, api http.Handler, body string) answer {
	t.Helper()
	return send(t, api, "POST", "/intents", "application/json", body)
}

func TestPostNamesWhatIsWrong(t *testing.T) {
	api, root := newTestAPI(t)
	for title, tc := range map[string]struct{ body, at, message string }{
		"empty body":         {``, "", "not JSON"},
		"not JSON":           {`{`, "", "not JSON"},
		"two documents":      {scale + scale, "", "not JSON"},
		"not an object":      {`[]`, "", "want object"},
		"no kind":            {`{"target":"web"}`, "", "'kind'"},
		"no target":          {`{"kind":"deploy"}`, "", "'target'"},
		"unknown kind":       {`{"kind":"explode","target":"web"}`, "/kind", "scale"},
		"bad target":         {`{"kind":"deploy","target":"../web"}`, "/target", "pattern"},
		"scale to nowhere":   {`{"kind":"scale","target":"web"}`, "", "'replicas'"},
		"too many replicas":  {`{"kind":"scale","target":"web","replicas":101}`, "/replicas", "100"},
		"negative replicas":  {`{"kind":"scale","target":"web","replicas":-1}`, "/replicas", "0"},
		"fractional replica": {`{"kind":"scale","target":"web","replicas":1.5}`, "/replicas", "integer"},
		"bad id":             {`{"id":"../x","kind":"deploy","target":"web"}`, "/id", "uuid"},
		"unknown field":      {`{"kind":"deploy","target":"web","color":1}`, "", "'color'"},
	} {
		t.Run(title, func(t *testing.T) {
			got := postJSON(t, api, tc.body)
			if got.status != http.StatusBadRequest {
				t.Errorf("status: want 400, got %d", got.status)
			}
			if !slices.ContainsFunc(got.body.Errors, func(v violation) bool {
				return v.At == tc.at && strings.Contains(v.Message, tc.message)
			}) {
				t.Errorf("want %q at %q, got %+v", tc.message, tc.at, got.body.Errors)
			}
		})
	}
	if names := inbox(t, root); len(names) != 0 {
		t.Errorf("inbox: want nothing, got %q", names)
	}
}

func TestBrokenSchemaPanics(t *testing.T) {
	for title, text := range map[string]string{"not JSON": "{", "no schema": "[]", "bad keyword": `{"type":"intent"}`} {
		t.Run(title, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("want a panic, got none")
				}
			}()
			mustCompile([]byte(text))
		})
	}
}

func TestPostListsAllViolations(t *testing.T) {
	api, _ := newTestAPI(t)
	got := postJSON(t, api, `{"kind":"explode","target":"","replicas":101}`)

	var at []string
	for _, v := range got.body.Errors {
		at = append(at, v.At)
	}
	slices.Sort(at)
	if want := []string{"/kind", "/replicas", "/target"}; !slices.Equal(at, want) {
		t.Errorf("want %q, got %+v", want, got.body.Errors)
	}
}

func TestPostStoresTheIntent(t *testing.T) {
	for title, tc := range map[string]struct{ media, body, id string }{
		"id given":         {"application/json", `{"id":"` + id + `","kind":"deploy","target":"web"}`, id},
		"id in upper case": {"application/json", `{"id":"` + strings.ToUpper(id) + `","kind":"deploy","target":"web"}`, id},
		"id made":          {"application/json; charset=utf-8", scale, ""},
	} {
		t.Run(title, func(t *testing.T) {
			api, root := newTestAPI(t)
			got := send(t, api, "POST", "/intents", tc.media, tc.body)
			if got.status != http.StatusAccepted {
				t.Fatalf("status: want 202, got %d %+v", got.status, got.body)
			}
			if _, err := uuid.Parse(got.body.ID); err != nil || (tc.id != "" && got.body.ID != tc.id) {
				t.Errorf("id: want %q, got %q", tc.id, got.body.ID)
			}
			if names := inbox(t, root); !slices.Equal(names, []string{got.body.ID + ".json"}) {
				t.Errorf("inbox: got %q", names)
			}
			if location := got.header.Get("Location"); location != "/intents/"+got.body.ID {
				t.Errorf("Location: got %q", location)
			}
			if found := send(t, api, "GET", got.header.Get("Location"), "", ""); found.body.State != "accepted" {
				t.Errorf("GET Location: want accepted, got %d %+v", found.status, found.body)
			}
			data, err := os.ReadFile(filepath.Join(root, "inbox", got.body.ID+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var stored struct{ ID, Kind, Target string }
			if err := json.Unmarshal(data, &stored); err != nil || stored.ID != got.body.ID || stored.Target != "web" {
				t.Errorf("stored: got %s (%v)", data, err)
			}
		})
	}
}

func TestSameIDIsAConflictWhereverTheIntentIs(t *testing.T) {
	body := `{"id":"` + id + `","kind":"deploy","target":"web"}`
	for _, place := range []string{"inbox", "handled", "failed"} {
		t.Run(place, func(t *testing.T) {
			api, root := newTestAPI(t)
			if got := postJSON(t, api, body); got.status != http.StatusAccepted {
				t.Fatalf("first: want 202, got %d", got.status)
			}
			home := filepath.Join(root, place)
			if err := os.MkdirAll(home, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(root, "inbox", id+".json"), filepath.Join(home, id+".json")); err != nil {
				t.Fatal(err)
			}
			if got := postJSON(t, api, body); got.status != http.StatusConflict {
				t.Errorf("second: want 409, got %d", got.status)
			}
		})
	}
}

func TestOneOfManyEqualRequestsWins(t *testing.T) {
	api, root := newTestAPI(t)
	statuses := make(chan int, 16)
	var requests sync.WaitGroup
	for n := range cap(statuses) {
		requests.Add(1)
		go func() {
			defer requests.Done()
			body := fmt.Sprintf(`{"id":%q,"kind":"scale","target":"web","replicas":%d}`, id, n)
			statuses <- postJSON(t, api, body).status
		}()
	}
	requests.Wait()
	close(statuses)

	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	if count[http.StatusAccepted] != 1 || count[http.StatusConflict] != cap(statuses)-1 {
		t.Errorf("want one 202 and the rest 409, got %v", count)
	}
	if names := inbox(t, root); !slices.Equal(names, []string{id + ".json"}) {
		t.Errorf("inbox: got %q", names)
	}
}

func TestOtherRequests(t *testing.T) {
	api, root := newTestAPI(t)
	large := `{"kind":"` + strings.Repeat("x", 1<<20) + `"}`
	for title, tc := range map[string]struct {
		method, path, media, body string
		status                    int
	}{
		"too large":     {"POST", "/intents", "application/json", large, http.StatusRequestEntityTooLarge},
		"no media type": {"POST", "/intents", "", scale, http.StatusUnsupportedMediaType},
		"form":          {"POST", "/intents", "application/x-www-form-urlencoded", "a=b", http.StatusUnsupportedMediaType},
		"wrong method":  {"PUT", "/intents", "application/json", scale, http.StatusMethodNotAllowed},
		"no listing":    {"GET", "/intents", "", "", http.StatusMethodNotAllowed},
		"unknown path":  {"GET", "/nowhere", "", "", http.StatusNotFound},
		"unknown id":    {"GET", "/intents/" + id, "", "", http.StatusNotFound},
		"not an id":     {"GET", "/intents/..%2Finbox", "", "", http.StatusNotFound},
		"healthy":       {"GET", "/healthz", "", "", http.StatusOK},
	} {
		t.Run(title, func(t *testing.T) {
			if got := send(t, api, tc.method, tc.path, tc.media, tc.body); got.status != tc.status {
				t.Errorf("status: want %d, got %d %+v", tc.status, got.status, got.body)
			}
		})
	}
	if names := inbox(t, root); len(names) != 0 {
		t.Errorf("inbox: want nothing, got %q", names)
	}
}

func TestPostSaysWhenItCannotStore(t *testing.T) {
	api, root := newTestAPI(t)
	if err := os.Remove(filepath.Join(root, "inbox")); err != nil { // simulates a full disk
		t.Fatal(err)
	}
	if got := postJSON(t, api, scale); got.status != http.StatusServiceUnavailable {
		t.Errorf("status: want 503, got %d", got.status)
	}
}

// inbox lists all names, including files that are still being written.
func inbox(t *testing.T, root string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, "inbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
