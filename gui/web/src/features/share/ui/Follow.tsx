import { useEffect } from "react";
import { readSlice, useSlice, useStore } from "~/stream/store.ts";
import { follow, messageOf } from "../going.ts";
import { live, setOwn } from "../live.ts";

// Follow tells others where one is as long as there is an own live location.
export default function Follow() {
  const own = useSlice(live, (part) => part.own);
  const rows = useStore((state) => state.rows);
  useEffect(() => {
    if (!own.some((one) => one.message === undefined && messageOf(one) !== undefined)) return;
    setOwn((all) =>
      all.map((one) => {
        const message = one.message ?? messageOf(one);
        return message === undefined ? one : { ...one, message };
      }),
    );
  }, [own, rows]);
  useEffect(() => follow(() => readSlice(live).own), []);
  return null;
}
