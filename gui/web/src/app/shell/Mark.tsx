export function Mark() {
  return <img className="mark" src="/mark.svg" alt="" width={32} height={32} />;
}
