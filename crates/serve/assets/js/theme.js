// Light and dark: the system's wish unless the button said otherwise. Plots hear of it by the event
// `themechange` on the document.

const KEY = "oddbench-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const NEXT = { auto: "light", light: "dark", dark: "auto" };
const SIGN = { auto: "◐", light: "☀", dark: "☾" };

function stored() {
  try {
    const value = localStorage.getItem(KEY);
    return value in NEXT ? value : "auto";
  } catch {
    return "auto";
  }
}

function apply(choice) {
  const dark = choice === "dark" || (choice === "auto" && system.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.dispatchEvent(new Event("themechange"));
}

/** Makes `button` step through auto, light and dark. */
export function start(button) {
  let choice = stored();
  const word = () => {
    button.textContent = `${SIGN[choice]} ${choice}`;
    button.setAttribute("aria-label", `Theme: ${choice}. Change to ${NEXT[choice]}`);
  };
  button.addEventListener("click", () => {
    choice = NEXT[choice];
    try {
      if (choice === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Without storage the choice lasts until the page is left.
    }
    word();
    apply(choice);
  });
  system.addEventListener("change", () => apply(choice));
  // The style sheets print in light colours; plots are pictures, which are drawn again for that.
  addEventListener("beforeprint", () => apply("light"));
  addEventListener("afterprint", () => apply(choice));
  word();
  apply(choice);
}

/** The colours that plots draw with. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const dark = document.documentElement.dataset.theme === "dark";
  // After Okabe and Ito (2008): told apart with the common kinds of colour blindness.
  const series = dark
    ? ["#62b5ec", "#ff9a4d", "#3fd0a4", "#e9a5cb", "#f2c14e", "#b9c3cd"]
    : ["#0072b2", "#c24e00", "#00785a", "#a8467f", "#8a6100", "#4d4d4d"];
  return { ink: of("ink"), muted: of("muted"), line: of("line"), card: of("card"), accent: of("accent"), inlier: of("inlier"), outlier: of("outlier"), series };
}
