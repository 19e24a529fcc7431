import { useEffect, useRef } from 'react';

/**
 * Keys by their place on the keyboard (KeyboardEvent.code), so that they work in the Russian layout too.
 * Plain keys ("KeyR", "Digit1") act only while nobody types; "F2" and "Ctrl+Enter" act always.
 */
export type Hotkeys = Readonly<Record<string, (() => void) | null | false | undefined>>;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)
  );
}

/** Was a menu or panel open when the key went down? Escape belongs to it, and it is closed before our own handlers hear of the key. */
let covered = false;
if (typeof window !== 'undefined') {
  const open = '[role="dialog"], [role="menu"], [role="listbox"]';
  window.addEventListener(
    'keydown',
    () => {
      covered = document.querySelector(open) !== null;
    },
    true,
  );
}

/** Is the agent in the middle of writing something? Then nothing may take his place away. */
export function isWriting(): boolean {
  const element = document.activeElement;
  return isTyping(element) && 'value' in element! && String(element.value) !== '';
}

export function useHotkeys(keys: Hotkeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const handle = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat || event.altKey || event.metaKey) return;
      const code = event.code.replace(/^Numpad(\d)$/, 'Digit$1').replace('NumpadEnter', 'Enter');
      const name = `${event.ctrlKey ? 'Ctrl+' : ''}${event.shiftKey ? 'Shift+' : ''}${code}`;
      const act = latest.current[name];
      if (!act) return;
      if (code === 'Escape' && covered) return;
      const always = /^F\d+$/.test(code) || event.ctrlKey;
      if (!always && (isTyping(event.target) || document.querySelector('[role="dialog"]'))) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', handle);
    return () => window.removeEventListener('keydown', handle);
  }, []);
}
