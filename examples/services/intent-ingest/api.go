package main

import (
	"bytes"
	_ "embed" // for the schema
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed intent.schema.json
var schemaText []byte
var schema = mustCompile(schemaText)

// mustCompile panics on a broken schema: it is part of the program, like a regular expression.
func mustCompile(text []byte) *jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	document, _ := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	compiler.AddResource("intent.schema.json", document) // invalid JSON gives nil, which does not compile
	compiler.AssertFormat()                              // otherwise 2020-12 ignores "format"
	return compiler.MustCompile("intent.schema.json")
}

// violation is one schema error and its place, a JSON pointer ("" is the whole body).
type violation struct {
	At      string `json:"at"`
	Message string `json:"message"`
}

func newAPI(box store, log *slog.Logger) http.Handler {
	mux := http.NewServeMux() // replies 405 with Allow by itself
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	mux.HandleFunc("POST /intents", func(w http.ResponseWriter, r *http.Request) { post(w, r, box, log) })
	mux.HandleFunc("GET /intents/{id}", func(w http.ResponseWriter, r *http.Request) { get(w, r, box, log) })
	return mux
}

func post(w http.ResponseWriter, r *http.Request, box store, log *slog.Logger) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, violation{"", "Content-Type must be application/json"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil { // or the client has disconnected, and no reply matters
		refuse(w, http.StatusRequestEntityTooLarge, violation{"", "the body is larger than 1 MiB"})
		return
	}
	id, data, violations := decode(body)
	if len(violations) > 0 {
		refuse(w, http.StatusBadRequest, violations...)
		return
	}
	switch err := box.add(id, data); {
	case errors.Is(err, errExists):
		refuse(w, http.StatusConflict, violation{"/id", err.Error()})
	case err != nil:
		fail(w, log, err)
	default:
		log.InfoContext(r.Context(), "accepted", "id", id)
		w.Header().Set("Location", "/intents/"+id)
		reply(w, http.StatusAccepted, map[string]string{"id": id})
	}
}

// get serves the Location of an accepted intent.
func get(w http.ResponseWriter, r *http.Request, box store, log *slog.Logger) {
	id, invalid := uuid.Parse(r.PathValue("id")) // keeps names such as ../x away from the store
	switch state, err := box.state(id.String()); {
	case err != nil:
		fail(w, log, err)
	case invalid != nil || state == "":
		refuse(w, http.StatusNotFound, violation{"", "no intent has this id"})
	default:
		reply(w, http.StatusOK, map[string]string{"id": id.String(), "state": state})
	}
}

// decode checks a body against the schema and gives it an id. Version 7 ids sort by time, so
// conductor-loop, which sorts by name, handles intents in order of arrival.
func decode(body []byte) (id string, data []byte, violations []violation) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return "", nil, []violation{{"", "not JSON: " + err.Error()}}
	}
	if invalid := new(jsonschema.ValidationError); errors.As(schema.Validate(document), &invalid) {
		return "", nil, leaves(invalid.DetailedOutput().Errors)
	}
	intent := document.(map[string]any) // the schema allows nothing else
	if given, ok := intent["id"].(string); ok {
		id = uuid.MustParse(given).String() // one spelling, one file
	} else {
		id = uuid.Must(uuid.NewV7()).String()
	}
	intent["id"] = id
	data, _ = json.Marshal(intent) // cannot fail: it came out of JSON
	return id, data, nil
}

// leaves are the causes that a client can act on; inner nodes only say that a part is invalid.
func leaves(units []jsonschema.OutputUnit) (found []violation) {
	for _, unit := range units {
		if len(unit.Errors) > 0 {
			found = append(found, leaves(unit.Errors)...)
		} else {
			found = append(found, violation{unit.InstanceLocation, unit.Error.String()})
		}
	}
	return found
}

func refuse(w http.ResponseWriter, status int, violations ...violation) {
	reply(w, status, map[string]any{"errors": violations})
}

func fail(w http.ResponseWriter, log *slog.Logger, err error) {
	log.Error("storing an intent", "error", err)
	refuse(w, http.StatusServiceUnavailable, violation{"", "cannot store intents now"})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // an error means that the client has disconnected
}
