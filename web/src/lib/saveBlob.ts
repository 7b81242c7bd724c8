/** Let the user save bytes as a file. */
export function saveBlob(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  downloadFrom(address, name);
  // Some browsers read the blob after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Let the browser download an address. */
export function downloadFrom(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.rel = "noreferrer";
  document.body.append(link);
  link.click();
  link.remove();
}
