// pictureIn is the first picture among what was pasted or dropped. Text that comes with it is left to the field it is meant for:
// a program that copies a link often copies a picture of it, too.
export function pictureIn(handed: DataTransfer | null): File | undefined {
  if (!handed || handed.getData("text/plain") !== "") return undefined;
  return [...handed.files].find((file) => file.type.startsWith("image/"));
}
