import { expect, test } from "vitest";
import { pictureIn } from "./handed.ts";

const handed = (files: readonly File[], text = "") => ({ files, getData: () => text }) as unknown as DataTransfer;
const picture = new File(["p"], "code.png", { type: "image/png" });
const letter = new File(["l"], "letter.txt", { type: "text/plain" });

test("the first picture is taken, whatever stands before it", () => {
  expect(pictureIn(handed([letter, picture]))).toBe(picture);
});

test("no picture is nothing", () => {
  expect(pictureIn(handed([letter]))).toBeUndefined();
  expect(pictureIn(handed([]))).toBeUndefined();
  expect(pictureIn(null)).toBeUndefined();
});

test("text that comes with a picture is for the field", () => {
  expect(pictureIn(handed([picture], "https://node.example/i#X"))).toBeUndefined();
});
