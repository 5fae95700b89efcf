package ocpp_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The oracle: the Open Charge Alliance's own JSON schemas, as the npm package
// ocpp-rpc carries them. They are installed for the tests and never copied.

const schemaDir = "../../../test/peers/node_modules/ocpp-rpc/lib/schemas"

var schemaFiles = map[string]string{"ocpp1.6": "ocpp1_6.json", "ocpp2.0.1": "ocpp2_0_1.json"}

var oracle = sync.OnceValues(func() (map[string]map[string]*jsonschema.Schema, error) {
	all := map[string]map[string]*jsonschema.Schema{}
	for protocol, file := range schemaFiles {
		b, err := os.ReadFile(filepath.Join(schemaDir, file))
		if err != nil {
			return nil, err
		}
		var list []json.RawMessage
		if err := json.Unmarshal(b, &list); err != nil {
			return nil, err
		}
		all[protocol] = map[string]*jsonschema.Schema{}
		for _, raw := range list {
			var head struct {
				ID string `json:"$id"`
			}
			if err := json.Unmarshal(raw, &head); err != nil {
				return nil, err
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
			if err != nil {
				return nil, err
			}
			c := jsonschema.NewCompiler()
			c.AssertFormat()
			if err := c.AddResource(head.ID, doc); err != nil {
				return nil, err
			}
			if all[protocol][head.ID], err = c.Compile(head.ID); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
})

// needOracle skips a test where the schemas are not installed; never in CI.
func needOracle(t *testing.T) map[string]map[string]*jsonschema.Schema {
	t.Helper()
	all, err := oracle()
	if err == nil {
		return all
	}
	if os.Getenv("CI") == "true" || !os.IsNotExist(err) {
		t.Fatalf("the OCPP schemas are missing: run npm ci --ignore-scripts in test/peers: %v", err)
	}
	t.Skip("the OCPP schemas are not installed: run npm ci --ignore-scripts in test/peers")
	return nil
}

// conforms checks a payload: kind is "req" or "conf".
func conforms(t *testing.T, protocol, action, kind, payload string) {
	t.Helper()
	s := needOracle(t)[protocol]["urn:"+action+"."+kind]
	if s == nil {
		t.Fatalf("no schema for %s.%s in %s", action, kind, protocol)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(payload)))
	if err != nil {
		t.Fatalf("%s.%s is not JSON: %s", action, kind, payload)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s %s.%s %s\n%v", protocol, action, kind, payload, err)
	}
}
