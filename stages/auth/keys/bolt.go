package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// boltBucket holds one JSON record per id.
const boltBucket = "keys"

// boltWait is how long to wait for whoever has the database open; the gateway
// has it only while it reads it. Chosen, not measured.
const boltWait = 2 * time.Second

// readBolt reads all records, in the order of ids. A damaged database makes the
// library panic, or fault on its mapped memory if the file is cut off meanwhile;
// a gateway that goes on with what it had must survive that.
func readBolt(path string) (records []Record, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			records, err = nil, fmt.Errorf("%s: the database is damaged: %v", path, p)
		}
	}()
	if _, err := os.Stat(path); err != nil { // bbolt would say less
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: boltWait})
	if err != nil {
		return nil, busy(path, err)
	}
	defer func() { _ = db.Close() }() // it was only read
	err = db.View(func(tx *bbolt.Tx) error {
		var err error
		records, err = listBolt(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return records, nil
}

func listBolt(tx *bbolt.Tx) ([]Record, error) {
	bucket := tx.Bucket([]byte(boltBucket))
	if bucket == nil {
		return nil, nil
	}
	var records []Record
	err := bucket.ForEach(func(id, text []byte) error {
		var r Record
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("record %q: %w", id, err)
		}
		records = append(records, r)
		return nil
	})
	return records, err
}

// editBolt changes the records in one transaction.
func editBolt(path string, change func([]Record) ([]Record, error)) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: boltWait})
	if err != nil {
		return busy(path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		before, err := listBolt(tx)
		if err != nil {
			return err
		}
		after, err := change(before)
		if err != nil {
			return err
		}
		if err := Check(after); err != nil {
			return err
		}
		if tx.Bucket([]byte(boltBucket)) != nil {
			if err := tx.DeleteBucket([]byte(boltBucket)); err != nil {
				return err
			}
		}
		bucket, err := tx.CreateBucket([]byte(boltBucket))
		if err != nil {
			return err
		}
		for i := range after {
			text, err := json.Marshal(&after[i])
			if err != nil {
				return err
			}
			if err := bucket.Put([]byte(after[i].ID), text); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, db.Close())
}

func busy(path string, err error) error {
	if errors.Is(err, berrors.ErrTimeout) {
		return fmt.Errorf("%s: another process has it open", path)
	}
	return fmt.Errorf("%s: %w", path, err)
}
