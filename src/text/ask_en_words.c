/* English words: the closed classes and a table of verbs. */
#include <stdlib.h>
#include <string.h>

#include "text/ask_en.h"

bool en_is(const char *word, const char *list)
{
    size_t n = strlen(word);
    for (const char *at = list; n > 0 && (at = strstr(at, word)) != NULL; at++) {
        if (at > list && at[-1] == ' ' && at[n] == ' ') return true;
    }
    return false;
}

/* ---- closed classes ---- */

typedef struct Class {
    unsigned tags;
    const char *words;
} Class;

static const Class CLASSES[] = {
    {EN_DETERMINER, " a an the this that these those each every any some no all both either "
                    "neither another many much several few "
                    "most more less such enough "},
    {EN_POSSESSIVE, " my your his her its our their whose "},
    {EN_PREPOSITION, " of in on at by for with from to into onto under over above below between "
                     "among through throughout during before after "
                     "against about across along around behind beside besides beyond despite "
                     "except inside outside near toward towards upon "
                     "via within without per than as like regarding concerning including excluding "
                     "until since amid versus following "},
    {EN_PRONOUN, " i you he she it we they me him us them myself yourself himself herself itself "
                 "ourselves themselves this these "
                 "those that one ones others everyone someone anyone everybody somebody anybody "
                 "nobody something anything "
                 "everything nothing each both all none here there such another most many some few "
                 "several either neither latter "
                 "former mine yours ours theirs whatever whoever "},
    {EN_AUXILIARY, " is are was were am be has have had do does did can could may might must shall "
                   "should will would cannot isn't "
                   "aren't wasn't weren't hasn't haven't hadn't don't doesn't didn't can't "
                   "couldn't mustn't shouldn't won't wouldn't "},
    {EN_CONJUNCTION, " and or but nor yet so plus "},
    {EN_SUBORDINATOR, " because if when while although though unless until whereas whether since "
                      "once as before after wherever "
                      "whenever lest provided "},
    {EN_RELATIVE, " that which who whom whose where what how why "},
    {EN_ADVERB, " not also only often always never still already even just rather very quite too "
                "then thus hence therefore however soon "
                "later again ever instead otherwise moreover furthermore nevertheless nonetheless "
                "meanwhile almost nearly sometimes usually "
                "perhaps maybe away together apart far well further now today once twice longer "
                "thereby therein thereof hereby here there else please  "},
    {EN_ADJECTIVE, " significant additional financial other general certain new large larger "
                   "largest small smaller smallest high higher highest "
                   "low lower lowest long longer longest short shorter shortest different various "
                   "similar same main major minor key important "
                   "common possible available necessary potential first second third last next "
                   "good better best bad worse worst current "
                   "previous recent early earlier late later whole entire big bigger great greater "
                   "own single able unable likely unlikely "
                   "responsible subject due based related such equal simple hard easy difficult "
                   "free full empty old young natural national "
                   "international local public private specific particular special certain true "
                   "false real legal global annual primary total "
                   "ready aware rare wide narrow deep strong weak heavy light broad sufficient "
                   "insufficient adverse material "},
    {EN_NUMBER, " one two three four five six seven eight nine ten eleven twelve thirteen fifteen "
                "twenty thirty forty fifty sixty "
                "hundred thousand million billion half dozen "},
};

/* ---- verbs ---- */

/* Bases in order of bytes. '+': a noun or an adjective as well; '~': goes without an object. */
static const char *const VERBS[] = {
    " abandon accept access+ accompany account+ accrue accumulate achieve acquire act+ activate "
    "adapt add address+ adjust adopt "
    "advance+ advise affect agree~ aim+ align allege allocate allow alter amend amount+~ analyze "
    "announce answer+ anticipate appear~ "
    "apply appoint approach+ approve argue arise~ arrange arrive~ ask assemble assert assess "
    "assign assist assume attach attack+ "
    "attempt+ attend attract authorize avoid award+ ban+ become begin~ believe belong~ benefit+ "
    "bill+ bind block+ boost+ borrow "
    "break+ bring broadcast+ build+ burn+ buy calculate call+ cancel capture+ carry cause+ cease~ "
    "challenge+ change+~ charge+ check+ "
    "choose claim+ classify clean+ climb+~ close+ collapse+~ collect combine come~ commence commit "
    "communicate compare compete~ "
    "compile complain~ complete+ comply~ compose comprise compute conceal concentrate concern+ "
    "conclude conduct+ configure confirm "
    "conflict+ connect conquer consider consist~ consolidate constitute construct consume contain "
    "continue~ contract+ "
    "contribute~ control+ convert convey copy+ correspond~ cost+ count+ cover+ crash+~ create "
    "cross+ cut+ damage+ deal+ decide "
    "declare decline+~ decrease+~ deduct defeat+ defer define delay+ delete deliver demand+ "
    "demonstrate denote depend~ deploy "
    "deposit+ depreciate derive descend~ describe deserve design+ designate destroy detect "
    "determine develop deviate~ die~ differ~ "
    "direct+ disable disagree~ discharge+ disclose discontinue discover discuss display+ dispose "
    "disrupt dissolve distinguish "
    "distribute divide document+ dominate donate double+~ download+ draft+ draw drive+ drop+~ earn "
    "edit elect eliminate emerge~ emit "
    "emphasize employ enable encounter encourage end+~ enforce engage enhance ensure enter entitle "
    "equal+ establish estimate+ "
    "evaluate evolve~ exceed exchange+ exclude execute exercise+ exhibit+ exist~ expand~ expect "
    "experience+ expire~ explain explore "
    "export+ expose express+ extend extract+ face+ facilitate fail~ fall+~ favor+ feature+ feed+ "
    "fight+ file+ fill filter+ finance+ "
    "find finish+ fit+ fix+ flow+~ focus+~ follow forbid force+ forecast+ form+ found fund+ gain+ "
    "generate get give go~ govern "
    "grant+ grow~ guarantee+ guide+ handle+ happen~ harm+ hear help+ hide hire hold+ host+ "
    "identify ignore illustrate impact+ impair "
    "implement+ imply import+ impose improve~ include incorporate increase+~ incur indicate "
    "influence+ inform inherit inhibit initiate "
    "injure insert inspect inspire install insure integrate intend interact~ interest+ interfere~ "
    "interpret introduce invent invest "
    "investigate involve issue+ join judge+ justify keep know ",
    " lack+ land+~ last+~ launch+ lay lead+~ learn lease+ leave+ lend let "
    "leverage+ license+ lie+~ limit+ link+ list+ live+~ load+ locate lose lower+ maintain make "
    "manage manufacture map+ mark+ market+ "
    "match+ mean+ measure+ meet mention+ merge migrate~ minimize miss mitigate model+ modify "
    "monitor+ move+~ multiply name+ need+ "
    "negotiate note+ notify obtain occupy occur~ offer+ offset+ open+ operate~ oppose order+ "
    "organize originate~ outperform outweigh "
    "overcome override own+ participate~ partner+ pass+ pay+ penalize perform~ permit+ persist~ "
    "pick+ place+ plan+ play+ point+ "
    "possess post+ practice+ precede predict prefer prepare present+ preserve prevail~ prevent "
    "print+ proceed+~ process+ produce+ "
    "progress+~ prohibit project+ promise+ promote propose protect prove provide publish pull+ "
    "punish purchase+ pursue push+ put "
    "qualify~ quote+ raise+ range+~ rank+ rate+ reach+ react~ read realize receive recognize "
    "recommend record+ recover redeem reduce "
    "refer reflect refuse regard+ register+ regulate reject relate release+ rely~ remain+~ remove "
    "render renew rent+ repair+ repay "
    "repeat replace report+ represent reproduce request+ require rescue+ reserve+ reside~ resign~ "
    "resolve respond~ restore restrict "
    "result+~ resume+ retain retire~ retrieve return+~ reveal reverse+ review+ revise reward+ "
    "rise+~ risk+ rule+ run+ satisfy save "
    "say scale+ score+ search+ secure+ see seek select+ sell send separate+ serve~ set+ settle "
    "shape+ share+ shift+ ship+ show+ shut sign+ "
    "simplify sit~ skip slow+ solve sort+ speak~ specify spend split+ spread+ stand+~ start+~ "
    "state+ stay+~ steal stem+~ stop+~ store+ "
    "strengthen strike+ struggle+~ study+ submit subtract succeed~ suffer~ suggest supply+ "
    "support+ suppress surrender+ surround "
    "survive~ suspend sustain switch+ take target+ teach tell tend~ terminate test+ think throw "
    "tie+ total+ touch+ trace+ track+ "
    "trade+ train+ transfer+ transform+ translate transmit travel+~ treat+ trigger+ turn+ type+ "
    "undergo understand undertake "
    "update+ upgrade+ urge+ use+ utilize value+ vary~ verify vest+~ view+ violate visit+ vote+ "
    "wait+~ walk+~ want warn waste+ watch+ "
    "weaken wear+ weigh widen win+ withdraw withhold withstand work+~ worsen~ write yield+ ",
};

/* Irregular forms: past tense, participle, base; a participle that is the past too stands once. */
static const char *const IRREGULAR[][3] = {
    {"arose", "arisen", "arise"},
    {"became", "become", "become"},
    {"began", "begun", "begin"},
    {"bound", NULL, "bind"},
    {"broke", "broken", "break"},
    {"brought", NULL, "bring"},
    {"built", NULL, "build"},
    {"bought", NULL, "buy"},
    {"chose", "chosen", "choose"},
    {"came", "come", "come"},
    {"cost", NULL, "cost"},
    {"cut", NULL, "cut"},
    {"dealt", NULL, "deal"},
    {"drew", "drawn", "draw"},
    {"drove", "driven", "drive"},
    {"fell", "fallen", "fall"},
    {"fed", NULL, "feed"},
    {"fought", NULL, "fight"},
    {"forbade", "forbidden", "forbid"},
    {"found", NULL, "find"},
    {"gave", "given", "give"},
    {"got", NULL, "get"},
    {"grew", "grown", "grow"},
    {"heard", NULL, "hear"},
    {"held", NULL, "hold"},
    {"hid", "hidden", "hide"},
    {"kept", NULL, "keep"},
    {"knew", "known", "know"},
    {"laid", NULL, "lay"},
    {"led", NULL, "lead"},
    {"left", NULL, "leave"},
    {"lent", NULL, "lend"},
    {"lost", NULL, "lose"},
    {"made", NULL, "make"},
    {"meant", NULL, "mean"},
    {"met", NULL, "meet"},
    {"overcame", "overcome", "overcome"},
    {"paid", NULL, "pay"},
    {"put", NULL, "put"},
    {"read", NULL, "read"},
    {"rose", "risen", "rise"},
    {"ran", "run", "run"},
    {"said", NULL, "say"},
    {"sat", NULL, "sit"},
    {"saw", "seen", "see"},
    {"sought", NULL, "seek"},
    {"sold", NULL, "sell"},
    {"sent", NULL, "send"},
    {"set", NULL, "set"},
    {"showed", "shown", "show"},
    {"shut", NULL, "shut"},
    {"spent", NULL, "spend"},
    {"split", NULL, "split"},
    {"spoke", "spoken", "speak"},
    {"spread", NULL, "spread"},
    {"stole", "stolen", "steal"},
    {"stood", NULL, "stand"},
    {"struck", NULL, "strike"},
    {"taught", NULL, "teach"},
    {"thought", NULL, "think"},
    {"threw", "thrown", "throw"},
    {"told", NULL, "tell"},
    {"took", "taken", "take"},
    {"understood", NULL, "understand"},
    {"undertook", "undertaken", "undertake"},
    {"underwent", "undergone", "undergo"},
    {"went", "gone", "go"},
    {"withdrew", "withdrawn", "withdraw"},
    {"withheld", NULL, "withhold"},
    {"won", NULL, "win"},
    {"wore", "worn", "wear"},
    {"wrote", "written", "write"},
};
#define IRREGULAR_COUNT (sizeof IRREGULAR / sizeof *IRREGULAR)

#define VERB_MAX 20

/* The entry of a base; NULL: none. ret_tags gets its marks. */
static const char *find_base(const char *base, unsigned *ret_tags)
{
    char key[VERB_MAX + 2];
    size_t n = strlen(base);
    if (n < 2 || n > VERB_MAX) return NULL;
    key[0] = ' ';
    memcpy(key + 1, base, n + 1);
    for (size_t half = 0; half < sizeof VERBS / sizeof *VERBS; half++) {
        for (const char *at = VERBS[half]; (at = strstr(at, key)) != NULL; at++) {
            const char *mark = at + 1 + n;
            if (*mark != ' ' && *mark != '+' && *mark != '~') continue;
            *ret_tags = 0;
            for (; *mark == '+' || *mark == '~'; mark++)
                *ret_tags |= *mark == '+' ? EN_NOUNLIKE : EN_INTRANSITIVE;
            return at + 1;
        }
    }
    return NULL;
}

/* Endings, and what stands in the base instead of them. */
static const struct {
    const char *ending, *instead;
    unsigned form;
    bool doubled; /* stopped: stop */
} ENDINGS[] = {
    {"ies", "y", EN_THIRD, false},
    {"es", "", EN_THIRD, false},
    {"s", "", EN_THIRD, false},
    {"ied", "y", EN_PAST | EN_PARTICIPLE, false},
    {"ed", "", EN_PAST | EN_PARTICIPLE, true},
    {"ed", "e", EN_PAST | EN_PARTICIPLE, false},
    {"ing", "", EN_ING, true},
    {"ing", "e", EN_ING, false},
    {"ying", "ie", EN_ING, false},
};

/* Tags of a regular form; *ret_base is the base's spelling in buffer. */
static unsigned regular_tags(const char *word, char base[VERB_MAX + 2])
{
    size_t n = strlen(word);
    unsigned marks;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        size_t e = strlen(ENDINGS[i].ending);
        if (n < e + 2 || n - e + 1 > VERB_MAX || strcmp(word + n - e, ENDINGS[i].ending) != 0)
            continue;
        memcpy(base, word, n - e);
        strcpy(base + n - e, ENDINGS[i].instead);
        if (find_base(base, &marks)) return ENDINGS[i].form | marks;
        size_t last = n - e;
        if (!ENDINGS[i].doubled || last < 3 || base[last - 1] != base[last - 2]) continue;
        base[last - 1] = '\0';
        if (find_base(base, &marks)) return ENDINGS[i].form | marks;
    }
    return 0;
}

static unsigned verb_tags(const char *word, char base[VERB_MAX + 2])
{
    unsigned tags = 0, marks;
    if (strlen(word) > VERB_MAX) return 0;
    for (size_t i = 0; i < IRREGULAR_COUNT && !tags; i++) {
        bool past = strcmp(word, IRREGULAR[i][0]) == 0;
        bool participle = IRREGULAR[i][1] ? strcmp(word, IRREGULAR[i][1]) == 0 : past;
        if (!past && !participle) continue;
        tags = (past ? EN_PAST : 0) | (participle ? EN_PARTICIPLE : 0);
        strcpy(base, IRREGULAR[i][2]);
        if (find_base(base, &marks)) tags |= marks & EN_INTRANSITIVE;
        if (strcmp(word, base) == 0) tags |= EN_BASE;
    }
    if (tags) return tags;
    if (find_base(word, &marks)) {
        strcpy(base, word);
        return EN_BASE | marks;
    }
    return regular_tags(word, base);
}

unsigned en_tags(const char *lower, const char **ret_base)
{
    unsigned tags = 0;
    char base[VERB_MAX + 2];
    size_t n = strlen(lower);
    for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++) {
        if (en_is(lower, CLASSES[i].words)) tags |= CLASSES[i].tags;
    }
    *ret_base = NULL;
    if (!(tags & ~(unsigned)(EN_PREPOSITION | EN_ADJECTIVE | EN_SUBORDINATOR))) {
        unsigned verb = verb_tags(lower, base);
        unsigned marks;
        if (verb) *ret_base = find_base(base, &marks);
        if (*ret_base) tags |= verb;
    }
    if (!tags && n > 4 && strcmp(lower + n - 2, "ly") == 0 &&
        !en_is(lower, " family supply assembly anomaly monopoly reply apply rely italy july "))
        tags |= EN_ADVERB;
    if (!tags && n > 5 &&
        (strcmp(lower + n - 3, "ous") == 0 || strcmp(lower + n - 3, "ful") == 0 ||
         strcmp(lower + n - 4, "able") == 0 || strcmp(lower + n - 4, "ible") == 0 ||
         strcmp(lower + n - 4, "less") == 0))
        tags |= EN_ADJECTIVE;
    return tags;
}

void en_third(const char *base, Str *out)
{
    size_t n = strcspn(base, " +~");
    char last = base[n - 1], before = n > 1 ? base[n - 2] : 'a';
    bool hisses = last == 's' || last == 'x' || last == 'z' ||
                  (last == 'h' && (before == 's' || before == 'c'));
    if (last == 'y' && !strchr("aeiou", before)) {
        str_add_bytes(out, base, n - 1);
        str_add(out, "ies");
        return;
    }
    str_add_bytes(out, base, n);
    str_add(out, hisses || last == 'o' ? "es" : "s");
}

const char *en_past_of(const char *participle)
{
    for (size_t i = 0; i < IRREGULAR_COUNT; i++) {
        if (IRREGULAR[i][1] && strcmp(IRREGULAR[i][1], participle) == 0) return IRREGULAR[i][0];
    }
    return NULL;
}
