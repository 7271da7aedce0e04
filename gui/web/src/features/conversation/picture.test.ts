import { expect, it } from "vitest";
import { attempts, squareOf } from "./picture.ts";

it("takes the middle of a picture and never enlarges it", () => {
  expect(squareOf(800, 600, 320)).toEqual({ from: { x: 100, y: 0, size: 600 }, size: 320 });
  expect(squareOf(600, 800, 320)).toEqual({ from: { x: 0, y: 100, size: 600 }, size: 320 });
  expect(squareOf(48, 48, 320)).toEqual({ from: { x: 0, y: 0, size: 48 }, size: 48 });
});

it("gives up quality before size, and size at last", () => {
  const tried = attempts();
  expect(tried[0]).toEqual({ size: 320, quality: 0.85 });
  expect(tried[1]).toEqual({ size: 320, quality: 0.7 });
  expect(tried.at(-1)).toEqual({ size: 96, quality: 0.5 });
});
