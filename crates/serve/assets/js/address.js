// What a page shows, kept in its address: a reload, a link and the way back through the menu find it again.

/** The state of the page `#/NAME?key=value&…`. A list is a key that is there several times. */
export class Address {
  constructor(page, query) {
    this.page = page;
    this.query = new URLSearchParams(query);
    this.write();
  }

  get(key, otherwise = null) {
    return this.query.get(key) ?? otherwise;
  }

  all(key) {
    return this.query.getAll(key);
  }

  number(key) {
    const value = this.query.get(key);
    return value === null || value === "" || !Number.isFinite(Number(value)) ? null : Number(value);
  }

  /** Changes some keys; null, undefined, "" and an empty list take a key away. */
  set(changes) {
    for (const [key, value] of Object.entries(changes)) {
      this.query.delete(key);
      for (const one of [value].flat()) {
        if (one !== null && one !== undefined && one !== "") this.query.append(key, String(one));
      }
    }
    this.write();
  }

  write() {
    const text = this.query.toString();
    const hash = `#/${this.page}${text ? `?${text}` : ""}`;
    // A page that was left must not change the address of the one that is shown.
    if (location.hash.replace(/^#\/?/, "").split("?")[0] !== this.page) return;
    if (location.hash !== hash) history.replaceState(null, "", hash);
    document.querySelector(`#nav a[data-page="${this.page}"]`)?.setAttribute("href", hash);
  }
}
