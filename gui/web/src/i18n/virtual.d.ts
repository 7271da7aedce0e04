// The texts of one language, made by build/messages.ts.
declare module "virtual:messages/*" {
  const texts: Record<string, Record<string, import("./format.ts").Compiled>>;
  export default texts;
}
