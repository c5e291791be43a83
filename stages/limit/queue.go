package limit

import "sync"

// queue settles behind the operations' back, so that none waits for it. What
// does not fit is dropped: an estimate stays uncorrected then.
type queue struct {
	list    chan adjustment
	done    chan struct{}
	running sync.WaitGroup
}

// Chosen.
const queued, together = 4096, 128

func newQueue(settle func([]adjustment)) *queue {
	q := &queue{list: make(chan adjustment, queued), done: make(chan struct{})}
	q.running.Add(1)
	go q.run(settle) // ends with close
	return q
}

func (q *queue) add(a adjustment) {
	select {
	case q.list <- a:
	default:
	}
}

func (q *queue) run(settle func([]adjustment)) {
	defer q.running.Done()
	batch := make([]adjustment, 0, together)
	for {
		select {
		case a := <-q.list:
			batch = q.more(append(batch[:0], a))
			settle(batch)
		case <-q.done:
			if batch = q.more(batch[:0]); len(batch) > 0 {
				settle(batch)
			}
			return
		}
	}
}

// more fills a batch with what waits.
func (q *queue) more(batch []adjustment) []adjustment {
	for len(batch) < together {
		select {
		case a := <-q.list:
			batch = append(batch, a)
		default:
			return batch
		}
	}
	return batch
}

func (q *queue) close() {
	close(q.done)
	q.running.Wait()
}
