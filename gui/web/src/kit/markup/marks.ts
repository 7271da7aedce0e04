// Runs of signs that open and close marks, and how they pair. Runs that can
// still match are linked, each with the one before it.
import { punct, run, space } from "./classes.ts";
import type { Item, Wrap } from "./inline.ts";

interface Run {
  readonly item: number;
  readonly n: number; // how many signs there were at first
  readonly open: boolean;
  readonly close: boolean;
  prev: number;
  next: number;
}

const SIGNS = "*_~|";

export class Marks {
  last = -1; // the newest run that can still match
  paired = false;
  steps = 0;
  private readonly runs: Run[] = [];

  constructor(
    private readonly s: string,
    private readonly items: Item[],
  ) {}

  // read takes a run of signs that may open or close a mark as an item that
  // begin makes, and tells how long it is.
  read(at: number, begin: () => void): number {
    const { s } = this;
    const c = s.charAt(at);
    const n = run(s, at);
    const double = c === "~" || c === "|";
    if (double && n !== 2) return n;
    const before = at === 0 ? 10 : s.charCodeAt(at - 1);
    const after = at + n === s.length ? 10 : s.charCodeAt(at + n);
    const left = !space(after) && (!punct(after) || space(before) || punct(before));
    const right = !space(before) && (!punct(before) || space(after) || punct(after));
    const open = double ? !space(after) : c === "_" ? left && (!right || punct(before)) : left;
    const close = double ? !space(before) : c === "_" ? right && (!left || punct(after)) : right;
    if (!open && !close) return n;
    begin();
    const before_ = this.runs[this.last];
    if (before_) before_.next = this.runs.length;
    this.runs.push({ item: this.items.length, n, open, close, prev: this.last, next: -1 });
    this.last = this.runs.length - 1;
    this.items.push({ inline: "", sign: c, left: n, closes: [], opens: [] });
    return n;
  }

  // match pairs the runs behind one, and forgets them. No run is looked at
  // twice for the same sort of end: where none was found there is a floor.
  match(bottom: number): void {
    const floors = new Array<number>(SIGNS.length * 6).fill(bottom);
    let end = this.last > bottom ? this.last : -1;
    while (end >= 0 && this.run(end).prev > bottom) end = this.run(end).prev;
    while (end >= 0) {
      const d = this.run(end);
      if (!d.close) {
        end = d.next;
        continue;
      }
      const sort = SIGNS.indexOf(this.item(d).sign) * 6 + (d.n % 3) + (d.open ? 3 : 0);
      const floor = floors[sort] ?? bottom;
      let begin = d.prev;
      while (begin > floor && !this.pairs(this.run(begin), d)) {
        this.steps++;
        begin = this.run(begin).prev;
      }
      if (begin > floor) {
        end = this.pair(begin, end);
        continue;
      }
      floors[sort] = d.prev;
      const next = d.next;
      if (!d.open) this.drop(end);
      end = next;
    }
    this.last = bottom;
    if (bottom >= 0) this.run(bottom).next = -1;
  }

  private run(index: number): Run {
    return this.runs[index] as Run;
  }

  private item(run: Run): Item {
    return this.items[run.item] as Item;
  }

  private pairs(begin: Run, end: Run): boolean {
    const sign = this.item(begin).sign;
    if (!begin.open || sign !== this.item(end).sign) return false;
    if (sign === "~" || sign === "|") return true;
    return !(begin.close || end.open) || end.n % 3 === 0 || (begin.n + end.n) % 3 !== 0;
  }

  // pair makes a mark of two runs and gives the next one to look at.
  private pair(begin: number, end: number): number {
    const b = this.item(this.run(begin));
    const e = this.item(this.run(end));
    this.paired = true;
    const n = b.left >= 2 && e.left >= 2 ? 2 : 1;
    const t = b.sign === "~" ? "del" : b.sign === "|" ? "spoiler" : n === 2 ? "strong" : "em";
    const wrap: Wrap = { t, url: "", literal: b.sign.repeat(n) };
    b.left -= n;
    e.left -= n;
    b.opens.push(wrap);
    e.closes.push(wrap);
    this.run(begin).next = end;
    this.run(end).prev = begin;
    if (b.left === 0) this.drop(begin);
    if (e.left > 0) return end;
    const { next } = this.run(end);
    this.drop(end);
    return next;
  }

  private drop(index: number): void {
    const { prev, next } = this.run(index);
    if (prev >= 0) this.run(prev).next = next;
    if (next >= 0) this.run(next).prev = prev;
    else this.last = prev;
  }
}
