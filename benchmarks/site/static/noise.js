// Noise of any seed, and ways between two noises; the same for every engine, float32, a row an image.
window.ganbenchNoise = (() => {
  // mulberry32 (public domain, Tommy Ettinger): uniform numbers in (0, 1)
  const uniform = (seed) => {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
    };
  };

  // standard normal numbers by Box and Muller (1958)
  const normal = (seed, count) => {
    const next = uniform(seed);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(next()));
      const angle = 2 * Math.PI * next();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  };

  // along the great circle between two rows, so that a point on the way is as long as noise is (Shoemake 1985)
  const between = (one, other, share, size) => {
    if (share === 0) return one;
    const values = new Float32Array(one.length);
    for (let row = 0; row < one.length; row += size) {
      let dot = 0, a = 0, b = 0;
      for (let i = row; i < row + size; i++) { dot += one[i] * other[i]; a += one[i] ** 2; b += other[i] ** 2; }
      const angle = Math.acos(Math.max(-1, Math.min(1, dot / Math.sqrt(a * b))));
      const [from, to] = angle < 1e-6 ? [1 - share, share]
        : [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)];
      for (let i = row; i < row + size; i++) values[i] = from * one[i] + to * other[i];
    }
    return values;
  };

  // a point of the plane through `one` that `east` and `north` span, as far from the origin as `one` is
  const onMap = (one, east, north, x, y, size) => {
    if (x === 0 && y === 0) return one;
    const values = one.map((value, i) => value + x * east[i] + y * north[i]);
    for (let row = 0; row < one.length; row += size) {
      let before = 0, after = 0;
      for (let i = row; i < row + size; i++) { before += one[i] ** 2; after += values[i] ** 2; }
      const scale = Math.sqrt(before / after);
      for (let i = row; i < row + size; i++) values[i] *= scale;
    }
    return values;
  };

  return { normal, between, onMap };
})();
