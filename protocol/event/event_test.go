package event_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"reflect"
	"strings"
	"testing"

	"conclave/crypto/canon"
	"conclave/protocol"
	"conclave/protocol/event"
)

func TestBodies(t *testing.T) {
	long := strings.Repeat("x", protocol.MaxText)
	name := strings.Repeat("n", event.MaxName)
	for label, c := range map[string]struct {
		body event.Body
		ok   bool
	}{
		"text":                       {event.MessageSent{Content: " \tkept\r\n\x00 byte for byte \u200b"}, true},
		"reply":                      {event.MessageSent{Content: long, ReplyTo: protocol.EventID{1}}, true},
		"longest text":               {event.MessageSent{Content: long}, true},
		"text too long":              {event.MessageSent{Content: long + "x"}, false},
		"no text":                    {event.MessageSent{}, false},
		"text that is not UTF-8":     {event.MessageSent{Content: "\xff"}, false},
		"mentions":                   {event.MessageSent{Content: "@Ána, @all", Mentions: []event.Mention{{Account: one, From: 0, To: 5}, {Word: event.Everyone, From: 7, To: 11}}}, true},
		"mentions that touch":        {event.MessageSent{Content: "@a@b", Mentions: []event.Mention{{Account: one, To: 2}, {Account: one, From: 2, To: 4}}}, true},
		"most mentions":              {mentioning(event.MaxMentions), true},
		"too many mentions":          {mentioning(event.MaxMentions + 1), false},
		"mention of nobody":          {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{To: 4}}}, false},
		"mention of two":             {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{Account: one, Word: event.Present, To: 4}}}, false},
		"mention of no word":         {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{Word: 3, To: 4}}}, false},
		"mention behind the text":    {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{Account: one, To: 5}}}, false},
		"mention far behind":         {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{Account: one, From: 1 << 63, To: 1<<64 - 1}}}, false},
		"mention that ends before":   {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{Account: one, From: 3, To: 1}}}, false},
		"mention of an @ alone":      {event.MessageSent{Content: "@ana", Mentions: []event.Mention{{Account: one, To: 1}}}, false},
		"mention without an @":       {event.MessageSent{Content: "ana", Mentions: []event.Mention{{Account: one, To: 3}}}, false},
		"mention of half a letter":   {event.MessageSent{Content: "@aé", Mentions: []event.Mention{{Account: one, To: 3}}}, false},
		"mentions not in order":      {event.MessageSent{Content: "@a@b", Mentions: []event.Mention{{Account: one, From: 2, To: 4}, {Account: one, To: 2}}}, false},
		"mentions that overlap":      {event.MessageSent{Content: "@@ab", Mentions: []event.Mention{{Account: one, To: 3}, {Account: one, From: 1, To: 4}}}, false},
		"edit with mentions":         {event.MessageEdited{Message: protocol.EventID{1}, Content: "@a", Mentions: []event.Mention{{Account: one, To: 2}}}, true},
		"edit that mentions wrongly": {event.MessageEdited{Message: protocol.EventID{1}, Content: "@a", Mentions: []event.Mention{{Account: one, To: 9}}}, false},
		"edit":                       {event.MessageEdited{Message: protocol.EventID{1}, Content: long}, true},
		"edit of nothing":            {event.MessageEdited{Content: "a"}, false},
		"edit without a text":        {event.MessageEdited{Message: protocol.EventID{1}}, false},
		"edit too long":              {event.MessageEdited{Message: protocol.EventID{1}, Content: long + "x"}, false},
		"edit that is not UTF-8":     {event.MessageEdited{Message: protocol.EventID{1}, Content: "\xff"}, false},
		"reaction":                   {event.ReactionSet{Message: protocol.EventID{1}, Emoji: "👍", On: true}, true},
		"reaction taken away":        {event.ReactionSet{Message: protocol.EventID{1}, Emoji: "❤️"}, true},
		"custom reaction":            {event.ReactionSet{Message: protocol.EventID{1}, Emoji: ":party:", Picture: protocol.Picture{1}, On: true}, true},
		"reaction to nothing":        {event.ReactionSet{Emoji: "👍", On: true}, false},
		"reaction of a word":         {event.ReactionSet{Message: protocol.EventID{1}, Emoji: "ok", On: true}, false},
		"reaction of none":           {event.ReactionSet{Message: protocol.EventID{1}, On: true}, false},
		"reaction in another form":   {event.ReactionSet{Message: protocol.EventID{1}, Emoji: "❤", On: true}, false},
		"custom one by no picture":   {event.ReactionSet{Message: protocol.EventID{1}, Emoji: ":party:", On: true}, false},
		"a picture of an emoji":      {event.ReactionSet{Message: protocol.EventID{1}, Emoji: "👍", Picture: protocol.Picture{1}}, false},
		"poll":                       {asking(event.Poll{Options: []string{"yes", "no"}}), true},
		"poll of most options":       {asking(event.Poll{Options: options(event.MaxPollOptions), Several: true, Named: true, End: 1 << 47}), true},
		"poll of too many options":   {asking(event.Poll{Options: options(event.MaxPollOptions + 1)}), false},
		"poll of one option":         {asking(event.Poll{Options: options(1)}), false},
		"poll of the same options":   {asking(event.Poll{Options: []string{"a", "a"}}), false},
		"poll with an empty option":  {asking(event.Poll{Options: []string{"a", ""}}), false},
		"poll with a long option":    {asking(event.Poll{Options: []string{"a", strings.Repeat("b", event.MaxPollOption+1)}}), false},
		"poll with an option of two": {asking(event.Poll{Options: []string{"a", "b\nc"}}), false},
		"poll that ends never":       {asking(event.Poll{Options: options(2), End: 1<<47 + 1}), false},
		"vote":                       {event.PollVoted{Message: protocol.EventID{1}, Choice: 1<<event.MaxPollOptions - 1}, true},
		"vote that is taken back":    {event.PollVoted{Message: protocol.EventID{1}}, true},
		"vote on nothing":            {event.PollVoted{Choice: 1}, false},
		"vote for option 13":         {event.PollVoted{Message: protocol.EventID{1}, Choice: 1 << event.MaxPollOptions}, false},
		"live location":              {event.MessageSent{Content: "Location", Location: &event.Location{Until: 1}}, true},
		"live for ever":              {event.MessageSent{Content: "Location", Location: &event.Location{Until: 1 << 60}}, false},
		"a move":                     {event.LocationMoved{Message: protocol.EventID{1}, Latitude: 90_000_000}, true},
		"a move off the earth":       {event.LocationMoved{Message: protocol.EventID{1}, Latitude: 90_000_001}, false},
		"a move of nothing":          {event.LocationMoved{}, false},
		"end of a live location":     {event.LocationEnded{Message: protocol.EventID{1}}, true},
		"end of no live location":    {event.LocationEnded{}, false},
		"end of a poll":              {event.PollClosed{Message: protocol.EventID{1}}, true},
		"end of no poll":             {event.PollClosed{}, false},
		"emoji":                      {event.EmojiSet{Name: "party-2_", Picture: pixel}, true},
		"emoji taken away":           {event.EmojiSet{Name: "ab"}, true},
		"emoji, name with colons":    {event.EmojiSet{Name: ":party:", Picture: pixel}, false},
		"emoji, name too short":      {event.EmojiSet{Name: "a", Picture: pixel}, false},
		"emoji, name too long":       {event.EmojiSet{Name: strings.Repeat("a", 33), Picture: pixel}, false},
		"emoji, capital letters":     {event.EmojiSet{Name: "Party", Picture: pixel}, false},
		"emoji of no picture":        {event.EmojiSet{Name: "party", Picture: []byte("<svg/>")}, false},
		"emoji, large picture":       {event.EmojiSet{Name: "party", Picture: append(append([]byte{}, pixel...), make([]byte, event.MaxPicture)...)}, false},
		"emoji, wide picture":        {event.EmojiSet{Name: "party", Picture: wide(event.MaxEmojiSide + 1)}, false},
		"emoji, widest picture":      {event.EmojiSet{Name: "party", Picture: wide(event.MaxEmojiSide)}, true},
		"pin":                        {event.PinSet{Message: protocol.EventID{1}, On: true}, true},
		"pin taken away":             {event.PinSet{Message: protocol.EventID{1}}, true},
		"pin of nothing":             {event.PinSet{On: true}, false},
		"deletion":                   {event.MessageDeleted{Message: protocol.EventID{1}}, true},
		"deletion of nothing":        {event.MessageDeleted{}, false},
		"deletion in a thread":       {event.MessageDeleted{Message: protocol.EventID{1}, Thread: protocol.EventID{2}}, true},
		"text in a thread":           {event.MessageSent{Content: "a", ReplyTo: protocol.EventID{1}, Thread: protocol.EventID{1}}, true},
		"forwarded text":             {event.MessageSent{Content: "a", Forwarded: &event.Forwarded{Name: name}}, true},
		"forwarded, by nobody":       {event.MessageSent{Content: "a", Forwarded: &event.Forwarded{}}, true},
		"forwarded, name too long":   {event.MessageSent{Content: "a", Forwarded: &event.Forwarded{Name: name + "n"}}, false},
		"forwarded, line break":      {event.MessageSent{Content: "a", Forwarded: &event.Forwarded{Name: "a\nb"}}, false},
		"urgent text":                {event.MessageSent{Content: "a", Priority: event.Urgent}, true},
		"more than urgent":           {event.MessageSent{Content: "a", Priority: event.Urgent + 1}, false},
		"introduction":               {event.ContactIntroduced{Name: name, Address: "a@b", Secret: make([]byte, 16)}, true},
		"introduction, no secret":    {event.ContactIntroduced{Name: "a"}, true},
		"introduction, half secret":  {event.ContactIntroduced{Name: "a", Secret: make([]byte, 15)}, false},
		"introduction, no name":      {event.ContactIntroduced{}, false},
		"acceptance":                 {event.ContactAccepted{Name: "a"}, true},
		"name too long":              {event.ContactAccepted{Name: name + "n"}, false},
		"name with a line break":     {event.ContactAccepted{Name: "a\nb"}, false},
		"name with DEL":              {event.ContactAccepted{Name: "a\x7f"}, false},
		"name that is not UTF-8":     {event.ContactAccepted{Name: "\xc3"}, false},
		"profile":                    {event.ProfileChanged{Name: "Ünïcödé"}, true},
		"change of members":          {event.MemberChanged{Ops: make63(), Asked: true}, true},
		"change by no operation":     {event.MemberChanged{}, false},
		"change by nothing":          {event.MemberChanged{Ops: []protocol.EventID{{}}}, false},
		"change by too many":         {event.MemberChanged{Ops: append(make63(), make63()...)}, false},
		"leaving":                    {event.MemberLeft{}, true},
		"detail":                     {event.ConversationDetailed{Content: make([]byte, event.MaxDetail)}, true},
		"detail too large":           {event.ConversationDetailed{Content: make([]byte, event.MaxDetail+1)}, false},
		"no detail":                  {event.ConversationDetailed{}, false},
		"end of a conversation":      {event.ConversationDeleted{}, true},
		"writing":                    {event.Typing{}, true},
		"presence":                   {event.PresenceShown{State: "busy", Text: strings.Repeat("x", event.MaxStatusText), Emoji: "📅", Until: 1, Seen: 1, For: make([]protocol.Account, event.MaxShownTo)}, true},
		"presence of no state":       {event.PresenceShown{For: make([]protocol.Account, 1)}, false},
		"presence that is secret":    {event.PresenceShown{State: "invisible", For: make([]protocol.Account, 1)}, false},
		"presence for nobody":        {event.PresenceShown{State: "online"}, false},
		"presence for too many":      {event.PresenceShown{State: "online", For: make([]protocol.Account, event.MaxShownTo+1)}, false},
		"status too long":            {event.PresenceShown{State: "online", Text: strings.Repeat("x", event.MaxStatusText+1), For: make([]protocol.Account, 1)}, false},
		"status that breaks lines":   {event.PresenceShown{State: "online", Text: "a\nb", For: make([]protocol.Account, 1)}, false},
		"status that is no text":     {event.PresenceShown{State: "online", Emoji: "\xff", For: make([]protocol.Account, 1)}, false},
		"address too long":           {event.ProfileChanged{Name: "a", Address: strings.Repeat("a", event.MaxAddress+1)}, false},
		"preview":                    {event.MessageSent{Content: "https://a.b", Preview: &event.Preview{URL: "https://a.b", Title: "a", Image: pixel}}, true},
		"preview of nothing":         {event.MessageSent{Content: "a", Preview: &event.Preview{}}, false},
		"preview of a mail":          {event.MessageSent{Content: "a", Preview: &event.Preview{URL: "mailto:a@b"}}, false},
		"preview, long title":        {event.MessageSent{Content: "a", Preview: &event.Preview{URL: "https://a.b", Title: name + name + name}}, false},
		"preview, turned title":      {event.MessageSent{Content: "a", Preview: &event.Preview{URL: "https://a.b", Title: "a\u202eb"}}, false},
		"preview, broken picture":    {event.MessageSent{Content: "a", Preview: &event.Preview{URL: "https://a.b", Image: pixel[:20]}}, false},
		"preview, large picture":     {event.MessageSent{Content: "a", Preview: &event.Preview{URL: "https://a.b", Image: make([]byte, event.MaxPicture+1)}}, false},
		"location":                   {event.MessageSent{Content: "a", Location: &event.Location{Latitude: -90_000_000, Longitude: 180_000_000, Accuracy: 5, Label: "end"}}, true},
		"location, off the earth":    {event.MessageSent{Content: "a", Location: &event.Location{Latitude: 90_000_001}}, false},
		"location, label of lines":   {event.MessageSent{Content: "a", Location: &event.Location{Label: "a\nb"}}, false},
		"card":                       {event.MessageSent{Content: "a", Card: &event.ContactCard{Account: protocol.Account{1}, Name: "a", Address: "a@b"}}, true},
		"card, link":                 {event.MessageSent{Content: "a", Card: &event.ContactCard{Account: protocol.Account{1}, Name: "a", Link: protocol.Link{Account: protocol.Account{1}, Base: "https://a.b"}.Text()}}, true},
		"card, link of another":      {event.MessageSent{Content: "a", Card: &event.ContactCard{Account: protocol.Account{1}, Name: "a", Link: protocol.Link{Account: protocol.Account{2}, Base: "https://a.b"}.Text()}}, false},
		"card of nobody":             {event.MessageSent{Content: "a", Card: &event.ContactCard{Name: "a"}}, false},
		"card without a name":        {event.MessageSent{Content: "a", Card: &event.ContactCard{Account: protocol.Account{1}}}, false},
	} {
		t.Run(label, func(t *testing.T) {
			raw, err := event.Encode(c.body)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, event.ErrInvalid) {
				t.Fatalf("Encode: got %v, want accepted: %v", err, c.ok)
			}
			if !c.ok {
				raw = canon.MustMarshal(c.body) // as a hostile peer would
			}
			got, err := decode(c.body.Kind(), raw)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, event.ErrInvalid) {
				t.Fatalf("Decode: got %v, want accepted: %v", err, c.ok)
			}
			if c.ok && !reflect.DeepEqual(got, c.body) {
				t.Errorf("decoded: got %+v, want %+v", got, c.body)
			}
			if len(raw) > protocol.MaxEventBody {
				t.Errorf("bytes of a body: got %d, over the %d of an event", len(raw), protocol.MaxEventBody)
			}
		})
	}
}

// pixel is the smallest PNG.
var pixel = func() []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return out.Bytes()
}()

// wide is a PNG of so many pixels in a line.
func wide(pixels int) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, pixels, 1))); err != nil {
		panic(err)
	}
	return out.Bytes()
}

var one = protocol.Account{1}

func mentioning(n int) event.MessageSent {
	out := event.MessageSent{Content: strings.Repeat("x", protocol.MaxText-2*n) + strings.Repeat("@a", n)}
	for i := range n {
		at := uint64(protocol.MaxText - 2*n + 2*i)
		out.Mentions = append(out.Mentions, event.Mention{Account: one, From: at, To: at + 2})
	}
	return out
}

func asking(p event.Poll) event.MessageSent { return event.MessageSent{Content: "a?", Poll: &p} }

// options are n options of the greatest length.
func options(n int) (out []string) {
	for i := range n {
		out = append(out, strings.Repeat(string(rune('a'+i)), event.MaxPollOption))
	}
	return out
}

func make63() []protocol.EventID {
	out := make([]protocol.EventID, 63)
	for i := range out {
		out[i][0] = byte(i + 1)
	}
	return out
}

func decode(kind string, raw []byte) (event.Body, error) {
	switch kind {
	case "message.sent":
		return event.Decode[event.MessageSent](raw)
	case "message.edited":
		return event.Decode[event.MessageEdited](raw)
	case "reaction.set":
		return event.Decode[event.ReactionSet](raw)
	case "poll.voted":
		return event.Decode[event.PollVoted](raw)
	case "location.moved":
		return event.Decode[event.LocationMoved](raw)
	case "location.ended":
		return event.Decode[event.LocationEnded](raw)
	case "poll.closed":
		return event.Decode[event.PollClosed](raw)
	case "pin.set":
		return event.Decode[event.PinSet](raw)
	case "emoji.set":
		return event.Decode[event.EmojiSet](raw)
	case "message.deleted":
		return event.Decode[event.MessageDeleted](raw)
	case "contact.introduced":
		return event.Decode[event.ContactIntroduced](raw)
	case "contact.accepted":
		return event.Decode[event.ContactAccepted](raw)
	case "profile.changed":
		return event.Decode[event.ProfileChanged](raw)
	case "member.changed":
		return event.Decode[event.MemberChanged](raw)
	case "member.left":
		return event.Decode[event.MemberLeft](raw)
	case "conversation.detailed":
		return event.Decode[event.ConversationDetailed](raw)
	case "conversation.deleted":
		return event.Decode[event.ConversationDeleted](raw)
	case "typing":
		return event.Decode[event.Typing](raw)
	case "presence":
		return event.Decode[event.PresenceShown](raw)
	}
	return nil, event.ErrInvalid
}

func TestFieldsOfNewerVersionsArePassedOver(t *testing.T) {
	raw := canon.MustMarshal(map[int]any{0: "text", 99: []any{1, "new"}})
	got, err := event.Decode[event.MessageSent](raw)
	if err != nil || got.Text() != "text" {
		t.Errorf("Decode: got %+v, %v, want the text", got, err)
	}
}

func TestTheThreadOfABodyIsRead(t *testing.T) {
	root := protocol.EventID{7}
	for name, c := range map[string]struct {
		body []byte
		want protocol.EventID
	}{
		"in a thread": {canon.MustMarshal(event.MessageSent{Content: "a", Thread: root}), root},
		"an answer":   {canon.MustMarshal(event.MessageSent{Content: "a", ReplyTo: root}), protocol.EventID{}},
		"plain":       {canon.MustMarshal(event.MessageSent{Content: "a"}), protocol.EventID{}},
		"erased":      {nil, protocol.EventID{}},
		"no message":  {[]byte{0xa2, 0xff}, protocol.EventID{}},
	} {
		if got := event.ThreadOf(c.body); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func FuzzBodies(f *testing.F) {
	var kinds []string
	for i, b := range []event.Body{
		event.MessageSent{Content: "text"}, event.ContactIntroduced{Name: "a", Secret: make([]byte, 16)},
		event.ContactAccepted{Name: "a", Address: "a@b"}, event.ProfileChanged{Name: "a"},
		event.MemberChanged{Ops: []protocol.EventID{{1}}}, event.MemberLeft{}, event.ConversationDetailed{Content: []byte{1}}, event.ConversationDeleted{},
		event.MessageEdited{Message: protocol.EventID{1}, Content: "text"}, event.MessageSent{Content: "text", ReplyTo: protocol.EventID{1}},
		event.Typing{}, event.PresenceShown{State: "away", Text: "x", Until: 1, Seen: 1, For: make([]protocol.Account, 1)},
		event.ReactionSet{Message: protocol.EventID{1}, Emoji: "👍", On: true}, event.ReactionSet{Message: protocol.EventID{1}, Emoji: ":party:", Picture: protocol.Picture{1}},
		event.PinSet{Message: protocol.EventID{1}, On: true},
		event.EmojiSet{Name: "party", Picture: pixel},
		event.MessageDeleted{Message: protocol.EventID{1}}, event.MessageDeleted{Message: protocol.EventID{1}, Thread: protocol.EventID{2}},
		event.MessageSent{Content: "text", ReplyTo: protocol.EventID{1}, Thread: protocol.EventID{2}},
		event.MessageSent{Content: "a?", Poll: &event.Poll{Options: []string{"b", "c"}, Several: true, Named: true, End: 1}},
		event.PollVoted{Message: protocol.EventID{1}, Choice: 3}, event.PollClosed{Message: protocol.EventID{1}},
		event.LocationMoved{Message: protocol.EventID{1}, Latitude: -1, Longitude: 2, Accuracy: 3}, event.LocationEnded{Message: protocol.EventID{1}},
		event.MessageSent{Content: "text", Forwarded: &event.Forwarded{Name: "a"}, Priority: event.Urgent},
		event.MessageSent{Content: "@a", Mentions: []event.Mention{{Account: one, To: 2}}},
		event.MessageEdited{Message: protocol.EventID{1}, Content: "@all", Mentions: []event.Mention{{Word: event.Everyone, To: 4}}},
		event.MessageSent{Content: "https://a.b", Preview: &event.Preview{URL: "https://a.b", Image: pixel}},
		event.MessageSent{Content: "a", Picture: &event.Picture{Content: pixel, Alt: "a dot", Alone: true}},
		event.MessageSent{Content: "a", Location: &event.Location{Latitude: 1}, Card: &event.ContactCard{Account: protocol.Account{1}, Name: "a"}},
	} {
		kinds = append(kinds, b.Kind())
		f.Add(byte(i), canon.MustMarshal(b))
	}
	f.Add(byte(0), []byte{0x9a, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, kind byte, in []byte) {
		b, err := decode(kinds[int(kind)%len(kinds)], in)
		if err != nil {
			return
		}
		raw, err := event.Encode(b)
		if err != nil {
			t.Fatalf("a body that Decode returned is not valid: %v", err)
		}
		again, err := decode(b.Kind(), raw)
		if err != nil || !reflect.DeepEqual(again, b) {
			t.Fatalf("encoded and decoded: got %+v, %v, want %+v", again, err, b)
		}
		if second, _ := event.Encode(again); !bytes.Equal(second, raw) {
			t.Fatal("a body has two encodings")
		}
	})
}
