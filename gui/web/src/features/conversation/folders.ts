// The folders of the account, the same on all its clients.
import { api, call } from "~/api/http.ts";
import type { Folder } from "~/api/types.ts";
import { sliceState } from "~/stream/slices.ts";

export interface Folders {
  readonly items: readonly Folder[];
}

export const folderState = sliceState<Folders>({
  name: "folders",
  initial: { items: [] },
  frames: { folders: (_, data) => data },
  load: async () => {
    const read = await call(api.GET("/api/v1/folders"));
    return () => read;
  },
});

export const createFolder = (name: string): Promise<Folder> => call(api.POST("/api/v1/folders", { body: { name } }));

export const editFolder = (folder: string, change: { name?: string; place?: number }): Promise<Folder> =>
  call(api.PATCH("/api/v1/folders/{folder}", { params: { path: { folder } }, body: change }));

export async function deleteFolder(folder: string): Promise<void> {
  await call(api.DELETE("/api/v1/folders/{folder}", { params: { path: { folder } } }));
}
