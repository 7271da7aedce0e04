package nodetest_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"conclave/node/feature/location"
	"conclave/node/nodetest"
)

// A live location moves on another node's page, and nobody but its author moves it.
func TestStoryLiveLocation(t *testing.T) {
	w := newTrio(t)
	ctx := within(t, time.Minute)
	ana, ben := w.people[0], w.people[1]
	place := map[string]any{"latitude": 1, "longitude": 2, "live_until": w.clock.now().Add(time.Hour).UTC()}
	var sent struct{ ID string }
	if err := ana.Call(ctx, "POST", "/api/v1/conversations/"+w.talk+"/messages", map[string]any{"text": "Live location", "location": place}, &sent); err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/conversations/" + w.talk + "/messages/" + sent.ID + "/location"
	shown := func() (places []location.ShownLocation, err error) {
		var page struct {
			Items []struct {
				ID       string
				Location *location.ShownLocation
			}
		}
		err = ben.Call(ctx, "GET", "/api/v1/conversations/"+w.talk+"/messages", nil, &page)
		for _, m := range page.Items {
			if m.ID == sent.ID && m.Location != nil {
				places = append(places, *m.Location)
			}
		}
		return places, err
	}
	if err := nodetest.Await(ctx, "Ben is shown that Ana moves", func() (bool, error) {
		w.clock.pass(location.Every)
		if err := ana.Call(ctx, "POST", path, map[string]any{"latitude": 3, "longitude": 4}, nil); err != nil {
			return false, err
		}
		frames, err := w.pages[1].Told("location")
		return slices.ContainsFunc(frames, func(f nodetest.Frame) bool {
			var m location.LocationMoved
			return json.Unmarshal(f.Data, &m) == nil && m.Message.String() == sent.ID && m.Latitude == 3 && m.Longitude == 4
		}), err
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := shown(); err != nil || len(got) != 1 || got[0].Latitude != 1 || got[0].Moved == nil || got[0].Moved.Latitude != 3 {
		t.Errorf("what Ben is shown: got %+v, %v; want where it began and where Ana is", got, err)
	}
	for _, what := range []string{path, path + "/end"} {
		if err := ben.Call(ctx, "POST", what, map[string]any{"latitude": 5, "longitude": 6}, nil); err == nil {
			t.Errorf("%s by another one: got no error", what)
		}
	}
	if err := ana.Call(ctx, "POST", path+"/end", nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := nodetest.Await(ctx, "Ben is shown the end", func() (bool, error) {
		got, err := shown()
		return len(got) == 1 && got[0].Ended && got[0].Moved == nil, err
	}); err != nil {
		t.Fatal(err)
	}
}
