// Scripts that the page asks for when it needs them, each once.

/** What the script `file` gives by `name`. Rejects when it cannot be fetched. */
export function fetched(name, file) {
  if (window[name]) return Promise.resolve(window[name]);
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = file;
    script.addEventListener('load', () => resolve(window[name]));
    script.addEventListener('error', () => reject(new Error(`${file} cannot be fetched`)));
    document.head.appendChild(script);
  });
}
