// Package emoji is the slice of custom emoji: pictures with a name, which everybody in a conversation sees where a text says that name.
//
// Each conversation has a pack of its own. It promises that nodes with the same events show the same pack, whatever the order of
// arrival (SPEC.md, custom emoji), and that nothing is looked up elsewhere: the pictures are in the log. A text costs nothing for them.
// It refuses more than MaxPack emoji in a pack, pictures over event.MaxPicture bytes or event.MaxEmojiSide pixels, and in a group
// changes by those who may not change what the group shows of itself.
package emoji

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// MaxPack is how many emoji of a pack count.
const MaxPack = 100

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "emoji", Install: func(h *feature.Host) {
		s := &slice{Host: h}
		s.tellPack = feature.Frame[PackChange](h, "emoji", "The custom emoji of a conversation have changed.")
		feature.Project(h, s.said)
		feature.Hidden(h, s.unsaid)
		feature.Rule(h, mayChange)
		feature.Follow(h, s.tell)
		feature.OnHidden(h, s.tell)
		feature.Pack(h, s.has)

		feature.Handle(h, "emoji.list", "GET /api/v1/conversations/{conversation}/emoji",
			"List the custom emoji of a conversation by name.", s.list)
		feature.Handle(h, "emoji.get", "GET /api/v1/conversations/{conversation}/emoji/{name}/picture",
			"Get the picture of a custom emoji.", s.get)
		feature.Handle(h, "emoji.set", "PUT /api/v1/conversations/{conversation}/emoji/{name}",
			"Add a custom emoji, or give it another picture. Everybody in the conversation sees it.", s.set, feature.Accepts)
		feature.Handle(h, "emoji.rename", "POST /api/v1/conversations/{conversation}/emoji/{name}/rename",
			"Name a custom emoji otherwise. Texts that say the old name show that name.", s.rename, feature.Accepts)
		feature.Handle(h, "emoji.remove", "DELETE /api/v1/conversations/{conversation}/emoji/{name}",
			"Take a custom emoji away. Texts that say its name show that name.", s.remove, feature.Accepts)
	}}
}

type slice struct {
	*feature.Host
	tellPack func([]protocol.Account, PackChange)
}

// mayChange holds whoever may change what a group shows of itself.
func mayChange(e *protocol.Event, then *membership.State, _ event.EmojiSet) error {
	if !allows(then, e.Author) {
		return feature.ErrForbidden
	}
	return nil
}

func allows(state *membership.State, who protocol.Account) bool {
	return state.Allows(who, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Picture, Value: []byte{}}}})
}
