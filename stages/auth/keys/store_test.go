package keys

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// full is a record with everything in it, and texts that YAML could take for
// something else.
func full() Record {
	k := New("live", "")
	return Record{ID: "1234567890e1", Env: "0x1", Name: "null", Owner: "yes", BFF: "# no: [comment]", Scopes: []string{"a:b", "- c", "1", "é\n\"'"}, Roles: []string{"~"},
		Tenant: "2026-01-01", NotBefore: "2026-01-01T00:00:00Z", Expires: "2027-01-01T00:00:00+01:00", CIDRs: []string{"10.0.0.0/8", "::/0"},
		Hashes: []string{k.Hash("a"), k.Hash("b")}, Created: "2026-01-01T00:00:00Z"}
}

func add(r Record) func([]Record) ([]Record, error) {
	return func(records []Record) ([]Record, error) { return append(records, r), nil }
}

func TestStoresKeepEverything(t *testing.T) {
	for _, name := range []string{"k.yaml", "k.yml", "k", "k.jsonl", "k.ndjson", "k.db", "k.bbolt"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name)
			k := New("live", "zzzzzzzzzzzz") // behind the other in every order
			small := Record{ID: k.ID, Env: k.Env, Hashes: []string{k.Hash("")}}
			for _, r := range []Record{full(), small} {
				if err := Edit(file, add(r)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Read(file)
			if err != nil || !reflect.DeepEqual(got, []Record{full1(got), small}) {
				t.Errorf("%v\n%+v", err, got)
			}
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v %v", info.Mode(), err)
			}
			if files, _ := filepath.Glob(file + "?*"); len(files) > 0 {
				t.Errorf("%v are left", files)
			}
			if err := Edit(file, func([]Record) ([]Record, error) { return nil, nil }); err != nil {
				t.Fatal(err)
			}
			if got, err := Read(file); err != nil || len(got) != 0 {
				t.Errorf("%v %v", got, err)
			}
		})
	}
}

// full1 is full with the hashes that were drawn for the stored one.
func full1(got []Record) Record {
	r := full()
	if len(got) > 0 {
		r.Hashes = got[0].Hashes
	}
	return r
}

func TestRecordsThatAreNone(t *testing.T) {
	good := full()
	for want, spoil := range map[string]func(r *Record){
		`id "x" is not 12 letters and digits`:                           func(r *Record) { r.ID = "x" },
		`env "" is not up to 16 letters and digits`:                     func(r *Record) { r.Env = "" },
		`there are no hashes`:                                           func(r *Record) { r.Hashes = nil },
		`there are more than 2 hashes`:                                  func(r *Record) { r.Hashes = append(r.Hashes, r.Hashes...) },
		`hashes[0] is not sha256: and 64 hexadecimal digits`:            func(r *Record) { r.Hashes = []string{"x"} },
		`expires: "soon" is not a time such as 2027-06-30T00:00:00Z`:    func(r *Record) { r.Expires = "soon" },
		`not_before: "2027" is not a time such as 2027-06-30T00:00:00Z`: func(r *Record) { r.NotBefore = "2027" },
		`cidrs: "10.0.0.1" is not a network such as 10.0.0.0/8`:         func(r *Record) { r.CIDRs = []string{"10.0.0.1"} },
	} {
		r := good
		spoil(&r)
		if err := Check([]Record{r}); err == nil || err.Error() != "record 1: "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := Check([]Record{good, good}); err == nil || !strings.Contains(err.Error(), "record 2: there is another record with id") {
		t.Error(err)
	}
}

func TestBrokenEditsChangeNothing(t *testing.T) {
	for _, name := range []string{"k.yaml", "k.db"} {
		file := filepath.Join(t.TempDir(), name)
		if err := Edit(file, add(full())); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(file)
		failure := errors.New("no")
		if err := Edit(file, func([]Record) ([]Record, error) { return nil, failure }); !errors.Is(err, failure) {
			t.Error(err)
		}
		if err := Edit(file, add(Record{ID: "x"})); err == nil {
			t.Error("a record that is none was stored")
		}
		if records, err := Read(file); err != nil || len(records) != 1 {
			t.Errorf("%v %v", records, err)
		}
		if after, _ := os.ReadFile(file); name == "k.yaml" && string(after) != string(before) {
			t.Error("the file was written")
		}
	}
}

// TestDamagedDatabases: whatever a file holds, reading it is an error at worst.
func TestDamagedDatabases(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "k.db")
	for range 60 {
		k := New("live", "")
		if err := Edit(file, add(Record{ID: k.ID, Env: k.Env, Hashes: []string{k.Hash("")}})); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	failed := 0
	for i := range 300 {
		damaged := slices.Clone(whole)
		for range 1 + chance.IntN(40) {
			damaged[chance.IntN(len(damaged))] = byte(chance.Uint32())
		}
		if i%3 == 0 {
			damaged = damaged[:chance.IntN(len(damaged))]
		}
		broken := filepath.Join(dir, fmt.Sprintf("%d.db", i))
		if err := os.WriteFile(broken, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(broken); err != nil {
			failed++
			if !strings.HasPrefix(err.Error(), broken+": ") {
				t.Error(err)
			}
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
	t.Logf("%d of 300 were noticed", failed)
}

// TestEditsWaitForEachOther: none is lost.
func TestEditsWaitForEachOther(t *testing.T) {
	for _, name := range []string{"k.jsonl", "k.db"} {
		file := filepath.Join(t.TempDir(), name)
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				k := New("live", "")
				if err := Edit(file, add(Record{ID: k.ID, Env: k.Env, Name: fmt.Sprint(i), Hashes: []string{k.Hash("")}})); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if records, err := Read(file); err != nil || len(records) != 12 {
			t.Errorf("%s: %d %v", name, len(records), err)
		}
	}
}

// TestLinksStay: a store may be a link to where it is mounted.
func TestLinksStay(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "link.yaml")
	if err := Edit(real, add(full())); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := Edit(link, func([]Record) ([]Record, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if records, err := Read(real); err != nil || len(records) != 0 {
		t.Errorf("%v %v", records, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
}

func TestEntries(t *testing.T) {
	k := New("live", "")
	r := Record{ID: k.ID, Env: "test", Hashes: []string{k.Hash("")}}
	e, err := r.compile("")
	if err != nil || e.Opens(k, "") {
		t.Errorf("a key for live opens test: %v", err)
	}
	if !e.Allows(netip.Addr{}) || e.Principal.Subject != k.ID {
		t.Errorf("%+v", e)
	}
}

// TestStoreFollowsSwappedFolder: folders are mounted as links that are turned to
// another one.
func TestStoreFollowsSwappedFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		k := New("live", "")
		for i, records := range [][]Record{nil, {{ID: k.ID, Env: k.Env, Hashes: []string{k.Hash("")}}}} {
			if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := Edit(filepath.Join(dir, fmt.Sprint(i), "k.yaml"), func([]Record) ([]Record, error) { return records, nil }); err != nil {
				t.Fatal(err)
			}
		}
		turn := func(to string) {
			if err := errors.Join(os.Symlink(to, filepath.Join(dir, "fresh")), os.Rename(filepath.Join(dir, "fresh"), filepath.Join(dir, "data"))); err != nil {
				t.Fatal(err)
			}
		}
		turn("0")
		s, err := Open(Options{Path: filepath.Join(dir, "data", "k.yaml")})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if s.Find(k.ID) != nil {
			t.Error("found too early")
		}
		turn("1")
		<-time.After(2*look + time.Millisecond)
		if s.Find(k.ID) == nil || s.Len() != 1 {
			t.Error("not found")
		}
	})
}

// FuzzFormats: a store of any text is records or an error, and what is printed
// comes back.
func FuzzFormats(f *testing.F) {
	for _, text := range []string{"", "[]", "- {}", "- id: x\n  hashes: [a]\n", `{"id":"x"}`, "{}\n{}", "- &a [*a]", "\x00", "- id: 1e10"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			return
		}
		for _, format := range []format{yamlList{}, jsonLines{}} {
			records, err := format.parse([]byte(text))
			if err != nil || Check(records) != nil {
				continue
			}
			printed, err := format.print(records)
			if err != nil {
				t.Fatal(err)
			}
			again, err := format.parse(printed)
			if err != nil || len(again) != len(records) {
				t.Errorf("%q is printed as %q: %v", text, printed, err)
			}
		}
	})
}
