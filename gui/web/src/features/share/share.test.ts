import { describe, expect, it } from "vitest";
import { coordinates, geo, readPlace } from "./share.ts";

describe("a place", () => {
  it.each([
    ["48.1372", " 11.5755 ", "Square ", { latitude: 48.1372, longitude: 11.5755, label: "Square" }],
    ["-33,8568", "+151.2153", "", { latitude: -33.8568, longitude: 151.2153 }],
    ["90", "-180", "", { latitude: 90, longitude: -180 }],
    ["90.1", "0", "", undefined],
    ["0", "180.5", "", undefined],
    ["", "0", "", undefined],
    ["1e1", "0", "", undefined],
    ["javascript:1", "0", "", undefined],
  ])("is read from %j and %j", (latitude, longitude, label, want) => {
    expect(readPlace(latitude, longitude, label)).toEqual(want);
  });

  it("is written as numbers and as an address for map programs", () => {
    const place = { latitude: -33.856784, longitude: 151.2153, accuracy: 20 };
    expect([coordinates(place), geo(place)]).toEqual(["-33.85678, 151.21530", "geo:-33.85678,151.21530;u=20"]);
  });
});
