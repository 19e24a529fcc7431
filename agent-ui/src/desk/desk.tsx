export function Desk(_props: { visible: boolean }) {
  return null;
}
