// Passkeys: a button with data-passkey="create" or "get", data-options and data-verify (addresses).
// The options address answers {id, options}; the verify address takes {id, credential, next} and
// answers {location}. With data-passkey="sign" the button sends its form (sending.js), which the passkey
// signs on the way; [data-other-way] of the form is folded then.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function post(url, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.detail ?? "");
  return value;
}

function prepared(options) {
  options.challenge = bytes(options.challenge);
  for (const known of [...(options.allowCredentials ?? []), ...(options.excludeCredentials ?? [])]) known.id = bytes(known.id);
  if (options.user) options.user.id = bytes(options.user.id);
  return { publicKey: options };
}

// The device's answer to what it is asked, as JSON. Throws a DOMException where the person broke it off.
async function answered(kind, options) {
  const made = kind === "create"
    ? await navigator.credentials.create(prepared(options))
    : await navigator.credentials.get(prepared(options));
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part]);
  }
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
}

// `task` is {id, options, context} as the server asked; what is to be sent back with the form.
export async function sign(task) {
  const credential = await answered("get", JSON.parse(task.options));
  return JSON.stringify({ id: task.id, context: task.context, credential });
}

// Whether another page is on its way.
async function ceremony(button) {
  const { id, options } = await post(button.dataset.options, {});
  const credential = await answered(button.dataset.passkey, options);
  const done = await post(button.dataset.verify, { id, credential, next: button.dataset.next ?? "/" });
  const signedIn = new CustomEvent("madang:signed-in", { bubbles: true, cancelable: true });
  const leads = button.dispatchEvent(signedIn);
  if (leads) location.assign(done.location);
  return leads;
}

export function enhance(button) {
  if (!window.PublicKeyCredential) return;
  button.hidden = false;
  if (button.dataset.passkey === "sign") {
    button.type = "submit";
    const other = button.form.querySelector("[data-other-way]");
    if (other && !other.querySelector(".error")) other.open = false;
    return;
  }
  const said = button.parentElement.querySelector(".passkey-said");
  const rest = () => button.removeAttribute("aria-busy");
  window.addEventListener("pageshow", (event) => { if (event.persisted) rest(); });
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    if (said) said.hidden = true;
    try {
      if (!await ceremony(button)) rest();
    } catch (error) {
      rest();
      // A ceremony that the person broke off is no fault; the words of the server are the best ones.
      if (said) {
        said.textContent = (error instanceof DOMException ? "" : error.message) || button.dataset.failed || "";
        said.hidden = said.textContent === "";
      }
    }
  });
}
