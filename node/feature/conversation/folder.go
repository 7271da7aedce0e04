package conversation

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Bounds of folders: how many an account has, and how long a name is in characters.
const (
	maxFolders    = 50
	maxFolderName = 64
)

// Folder is a name under which an account files conversations. One conversation may be in several.
type Folder struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Folders are all folders of an account, in its order.
type Folders struct {
	Items []Folder `json:"items" nullable:"false"`
}

// CreateFolderRequest names a new folder.
type CreateFolderRequest struct {
	Name string `json:"name" required:"true" maxLength:"64"`
}

// EditFolderRequest changes a folder.
type EditFolderRequest struct {
	Folder string `path:"folder"`
	Name   string `json:"name,omitempty" maxLength:"64"`
	Place  *int   `json:"place,omitempty" minimum:"1" maximum:"50" doc:"among the folders, from 1"`
}

// FolderRequest names a folder.
type FolderRequest struct {
	Folder string `path:"folder"`
}

// folders is the row of an account. Ids are never given again, so that a conversation may name a folder that is gone.
type folders struct {
	Last    uint64   `cbor:"0,keyasint"`
	Folders []folder `cbor:"1,keyasint"`
}

type folder struct {
	ID   uint64 `cbor:"0,keyasint"`
	Name string `cbor:"1,keyasint"`
}

func (f folder) name() string { return strconv.FormatUint(f.ID, 10) }

// find returns the place of a folder, ErrNotFound for none.
func (f folders) find(id string) (int, error) {
	at := slices.IndexFunc(f.Folders, func(one folder) bool { return one.name() == id })
	if at < 0 {
		return 0, feature.ErrNotFound
	}
	return at, nil
}

func (f folders) shown() Folders {
	var out Folders
	for _, one := range f.Folders {
		out.Items = append(out.Items, Folder{ID: one.name(), Name: one.Name})
	}
	return out
}

// free refuses a name that cannot be that of the folder with an id.
func (f folders) free(name string, id uint64) error {
	if name == "" || strings.ContainsAny(name, "\n\t") {
		return feature.ErrBadRequest.With("A folder has a name of one line.")
	}
	if err := checkText("A name", name, maxFolderName); err != nil {
		return err
	}
	for _, one := range f.Folders {
		if one.ID != id && strings.EqualFold(one.Name, name) {
			return feature.ErrConflict.With("There is a folder of this name.")
		}
	}
	return nil
}

func foldersKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("folders")))
}

func (s *slice) loadFolders(tx feature.Tx, viewer protocol.Account) (folders, *storage.Realm, error) {
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return folders{}, nil, err
	}
	f, err := storage.GetAs[folders](tx, realm, foldersKey(realm))
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return f, realm, err
}

// folderIDs finds folders that are asked for by their names in the API.
func (s *slice) folderIDs(tx feature.Tx, viewer protocol.Account, wanted []string) ([]uint64, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	all, _, err := s.loadFolders(tx, viewer)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, id := range wanted {
		at, err := all.find(id)
		if err != nil {
			return nil, feature.ErrBadRequest.With("There is no such folder.")
		}
		if f := all.Folders[at].ID; !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out, nil
}

func (s *slice) folders(ctx context.Context, _ feature.Nothing) (out Folders, err error) {
	err = s.Store.View(func(tx feature.Tx) error {
		f, _, err := s.loadFolders(tx, feature.ActorOf(ctx).Account)
		out = f.shown()
		return err
	})
	return out, err
}

// changeFolders changes the folders of the caller and tells its clients.
func (s *slice) changeFolders(ctx context.Context, fn func(*folders) error) error {
	viewer := feature.ActorOf(ctx).Account
	return s.Store.Update(ctx, func(tx feature.Tx) error {
		f, realm, err := s.loadFolders(tx, viewer)
		if err != nil {
			return err
		}
		if err := fn(&f); err != nil {
			return err
		}
		tx.OnCommit(func() { s.tellFolders([]protocol.Account{viewer}, f.shown()) })
		return storage.PutAs(tx, realm, foldersKey(realm), f)
	})
}

func (s *slice) createFolder(ctx context.Context, req CreateFolderRequest) (out Folder, err error) {
	err = s.changeFolders(ctx, func(f *folders) error {
		name := strings.TrimSpace(req.Name)
		if err := f.free(name, 0); err != nil {
			return err
		}
		if len(f.Folders) == maxFolders {
			return feature.ErrConflict.With("There are at most %d folders.", maxFolders)
		}
		f.Last++
		made := folder{ID: f.Last, Name: name}
		f.Folders = append(f.Folders, made)
		out = Folder{ID: made.name(), Name: name}
		return nil
	})
	return out, err
}

func (s *slice) editFolder(ctx context.Context, req EditFolderRequest) (out Folder, err error) {
	err = s.changeFolders(ctx, func(f *folders) error {
		at, err := f.find(req.Folder)
		if err != nil {
			return err
		}
		one := f.Folders[at]
		if req.Name != "" {
			one.Name = strings.TrimSpace(req.Name)
			if err := f.free(one.Name, one.ID); err != nil {
				return err
			}
		}
		f.Folders[at] = one
		if req.Place != nil {
			f.Folders = slices.Delete(f.Folders, at, at+1)
			f.Folders = slices.Insert(f.Folders, min(*req.Place-1, len(f.Folders)), one)
		}
		out = Folder{ID: one.name(), Name: one.Name}
		return nil
	})
	return out, err
}

func (s *slice) deleteFolder(ctx context.Context, req FolderRequest) (feature.Nothing, error) {
	return feature.Nothing{}, s.changeFolders(ctx, func(f *folders) error {
		at, err := f.find(req.Folder)
		if err != nil {
			return err
		}
		f.Folders = slices.Delete(f.Folders, at, at+1)
		return nil
	})
}
