import { expect, it } from "vitest";
import { fitting, shrink } from "./drawing.ts";

it("scales a picture by its longest side and never lets it grow", () => {
  expect(fitting(1600, 800, 1280)).toEqual({ width: 1280, height: 640 });
  expect(fitting(800, 1600, 480)).toEqual({ width: 240, height: 480 });
  expect(fitting(30, 20, 1280)).toEqual({ width: 30, height: 20 });
  expect(fitting(10_000, 1, 1280)).toEqual({ width: 1280, height: 1 });
});

it("takes no file that does not say it is a picture", async () => {
  expect(await shrink(new Blob(["%PDF"], { type: "application/pdf" }), [{ side: 10, quality: 1 }])).toBeUndefined();
});
