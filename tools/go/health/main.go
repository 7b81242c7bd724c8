// Evaluates the health of an object as Argo CD or Flux does: `health argo FILE` or `health flux FILE`.
//
// Reads the object as JSON from standard input and prints {status, message}. FILE is a Lua script for Argo CD, and JSON
// with the expressions `inProgress`, `failed` and `current` for Flux. Exit code 1 with the engine's error otherwise.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	lua "github.com/yuin/gopher-lua"
)

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	checks := map[string]func([]byte, map[string]any) (health, error){"argo": argo, "flux": flux}
	script, err := os.ReadFile(os.Args[2])
	fail(err)
	var object map[string]any
	fail(json.NewDecoder(os.Stdin).Decode(&object))
	result, err := checks[os.Args[1]](script, object)
	fail(err)
	fail(json.NewEncoder(os.Stdout).Encode(result))
}

// argo runs a script as Argo CD does without `useOpenLibs`: with base, table and package, without string, math and io.
func argo(script []byte, object map[string]any) (health, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	libraries := map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	}
	for name, open := range libraries {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	state.SetGlobal("obj", luaValue(state, object))
	if err := state.DoString(string(script)); err != nil {
		return health{}, err
	}
	result, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return health{}, fmt.Errorf("expect table output from Lua script, not %s", state.Get(-1).Type())
	}
	return health{lua.LVAsString(result.RawGetString("status")), lua.LVAsString(result.RawGetString("message"))}, nil
}

func luaValue(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.NewTable()
		for _, item := range value {
			table.Append(luaValue(state, item))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, item := range value {
			table.RawSetString(key, luaValue(state, item))
		}
		return table
	}
	return lua.LNil
}

// flux evaluates expressions as Flux's RFC 0009 says, in an environment with the same extensions.
func flux(script []byte, object map[string]any) (health, error) {
	var check map[string]string
	if err := json.Unmarshal(script, &check); err != nil {
		return health{}, err
	}
	status, _ := object["status"].(map[string]any)
	metadata, _ := object["metadata"].(map[string]any)
	if observed, ok := status["observedGeneration"]; ok && observed != metadata["generation"] {
		return health{Status: "inProgress"}, nil
	}
	for _, verdict := range []string{"inProgress", "failed", "current"} {
		if check[verdict] == "" {
			continue
		}
		holds, err := evaluate(check[verdict], object)
		if err != nil || holds {
			return health{Status: verdict}, err
		}
	}
	return health{Status: "inProgress"}, nil
}

func evaluate(expression string, object map[string]any) (bool, error) {
	environment, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders(),
	)
	if err != nil {
		return false, err
	}
	parsed, issues := environment.Parse(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	program, err := environment.Program(parsed)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return false, err
	}
	holds, ok := value.Value().(bool)
	if !ok {
		return false, fmt.Errorf("not a boolean: %s", expression)
	}
	return holds, nil
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
