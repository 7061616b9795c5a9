// How a file is read, for files that do not say it themselves.

import { el, field, select } from "../dom.js";

const FOUND = ["", "found by itself"];

/** `{node, options}`: a form that is folded, and what it says as the parameters of an upload. */
export function readingForm() {
  const delimiter = select([FOUND, [",", "comma"], [";", "semicolon"], ["tab", "tab"], ["|", "bar |"], [" ", "blank"]], "", { id: "read-delimiter" });
  const header = select([FOUND, ["true", "yes"], ["false", "no: there are no names"]], "", { id: "read-header" });
  const encoding = select([FOUND, ["utf-8", "UTF-8"], ["windows-1252", "Windows-1252, Latin-1"], ["utf-16le", "UTF-16, little endian"], ["utf-16be", "UTF-16, big endian"], ["shift_jis", "Shift JIS"], ["gbk", "GBK"]], "", { id: "read-encoding" });
  const decimal = select([FOUND, [".", "point: 3.14"], [",", "comma: 3,14"]], "", { id: "read-decimal" });
  const missing = el("input", { type: "text", id: "read-missing", placeholder: "e.g. -, unknown", autocomplete: "off" });
  const events = el("input", { type: "text", id: "read-events", placeholder: "e.g. flow", autocomplete: "off" });
  const node = el("details", { id: "reading" }, el("summary", {}, "How the file is read"),
    el("p", { class: "note" }, "All of this is found by itself in most files. What you choose here holds for the next file that is read."),
    el("div", { class: "row" }, field("Delimiter", delimiter), field("First line holds the names", header), field("Encoding", encoding), field("Decimal mark", decimal),
      field("Texts that mean missing, with commas between", missing), field("Type of events (logs of several types)", events)));
  return {
    node,
    options: () => ({ delimiter: delimiter.value, header: header.value, encoding: encoding.value, decimal: decimal.value,
      na: missing.value.split(",").map((text) => text.trim()).filter(Boolean).join(","), event_type: events.value.trim() }),
  };
}
