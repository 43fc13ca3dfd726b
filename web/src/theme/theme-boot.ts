// Runs before the page is drawn, so that it is drawn in its colors at once. It imports nothing: it
// is loaded as a classic script, which browsers wait for.
{
  type Color = string | { readonly light?: unknown; readonly dark?: unknown };
  const root = document.documentElement;

  const isColor = (value: unknown): value is string =>
    typeof value === "string" && CSS.supports("color", value);

  /** Black or white: what can be read on the color. */
  const readableOn = (color: string): string => {
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) return "#fff";
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = [...context.getImageData(0, 0, 1, 1).data].map(
      (byte) => {
        const share = byte / 255;
        return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      },
    );
    // Its contrast with white and with black is the same at 0.179.
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
  };

  const setColor = (name: string, color: Color): void => {
    const { light, dark } = typeof color === "string" ? { light: color, dark: color } : color;
    if (!isColor(light) || !isColor(dark)) return;
    root.style.setProperty(`--${name}`, `light-dark(${light}, ${dark})`);
    if (name !== "accent") return;
    const on = `light-dark(${readableOn(light)}, ${readableOn(dark)})`;
    root.style.setProperty("--on-accent", on);
  };

  try {
    const text = document.getElementById("configuration")?.textContent ?? "";
    const { colors } = JSON.parse(text) as { readonly colors?: Readonly<Record<string, Color>> };
    for (const name of ["accent", "background", "surface", "text"]) {
      const color = colors?.[name];
      if (color) setColor(name, color);
    }
  } catch {
    // A configuration that cannot be read has no colors.
  }

  try {
    const path = location.pathname.replace(/index\.html$/, "");
    const theme = localStorage.getItem(`turnkeep:${path}:theme`);
    if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
  } catch {
    // A browser that keeps nothing shows the system's colors.
  }
}
