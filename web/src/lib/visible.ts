/** Characters that act on the text around them instead of being seen: controls, bidi controls, zero-width ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this finds
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Make control characters of a text from a file visible: as their pictures, or as their numbers. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
