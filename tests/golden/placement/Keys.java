// The keys that placements are compared on: 10,000 of every kind, the same in tests/it/placement.rs (its `key`).

final class Keys {
    static final int COUNT = 10_000;
    private static final String[] LETTERS = {"é", "ß", "東", "京", "ש", "🚕", "Ω", "я"};
    private long state;

    /** SplitMix64. */
    private long next() {
        state += 0x9e3779b97f4a7c15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private int below(int bound) {
        return (int) Long.remainderUnsigned(next(), bound);
    }

    /** A text (plain, empty now and then, not ASCII, or with a number) or an integer of any size. */
    static Object key(int index) {
        Keys random = new Keys();
        random.state = index;
        StringBuilder text = new StringBuilder();
        switch (index % 4) {
            case 0:
                for (int left = random.below(20); left > 0; left--) text.append((char) ('a' + random.below(26)));
                return text.toString();
            case 1: {
                long bits = random.next();
                return bits >> random.below(64);
            }
            case 2:
                for (int left = random.below(8); left > 0; left--) text.append(LETTERS[random.below(LETTERS.length)]);
                return text.toString();
            default:
                return "customer-" + random.below(1_000_000);
        }
    }
}
