// Sends the token; on success the page that was asked for opens.

const form = document.getElementById("form");
const problem = document.getElementById("problem");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  try {
    const answer = await fetch("/api/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token: form.token.value }) });
    if (answer.ok) return location.assign("/");
    if (answer.status === 401) {
      problem.textContent = "This is not the token. Look where the server was started.";
      return form.token.select();
    }
    const body = await answer.json().catch(() => null);
    problem.textContent = [body?.error ?? `the server answered ${answer.status}`, body?.remedy].filter(Boolean).join(". ");
  } catch {
    problem.textContent = "The server does not answer. See whether oddbench serve still runs.";
  }
  form.token.select();
});
