#include "fixture_text.h"

static const FixtureChunk HANDBOOK[] = {
    {"港口手册 › 入港", 1,
     "长度超过十二米的船只在经过外侧灯标之前，须用第十四频道呼叫港务处。港务处告知泊位、靠泊的一侧"
     "以及门槛处的潮高。"
     "未得到答复的船只在黄色浮标处等候，不得进港。"},
    {"港口手册 › 入港", 1,
     "晚上十点至早上六点，内港池不对帆船开放。在此时段到达的船只停靠等候浮桥，第一夜免费。夜班人员"
     "在午夜和凌晨四点巡视。"},
    {"港口手册 › 费用", 2,
     "五月至九月的停泊费为每米每夜二点四元，其余月份为一点三元。费用包含用水以及五百公斤以内的吊机"
     "使用。"
     "电费按泊位电表计算，离港时与停泊费一并支付。"},
    {"港口手册 › 风暴", 3,
     "风力达到八级时，港务处悬挂黑球并关闭船闸。缆绳加倍，两舷放下护舷，吊机锁定。任何人不得在北防"
     "波堤上行走，"
     "风力九级起海浪会越过该堤。"},
};

static const FixtureChunk FERRIES[] = {
    {"渡轮 › 时刻表", 0,
     "四月至十月，开往海岛的渡轮于七点十五分、十点四十分、十四点零五分和十八点三十分开出；冬季为七"
     "点十五分和十六点二十分。"
     "航程五十五分钟，低潮时渡轮绕过沙洲，需七十分钟。"},
    {"渡轮 › 船票", 0,
     "单程票九元八角，往返票十七元。六岁以下儿童免费，自行车四元五角。售票机购买的船票在票面日期当"
     "天有效，"
     "船上购买的船票仅限该航次使用。"},
    {"渡轮 › 停航", 0,
     "风力九级或能见度低于三百米的雾天，渡轮停航。船票可在此后七天内的任一航次使用，也可在柜台退款"
     "。"},
};

static const FixtureChunk LIGHTHOUSE[] = {
    {"灯塔 › 历史", 4,
     "北防波堤上的灯塔建于一八七四年，石料为海岛采石场的花岗岩。第一任守塔人林玛达守灯三十一年，她"
     "的日志现藏于博物馆。"},
    {"灯塔 › 参观", 5,
     "风力低于六级的星期日，灯塔从十一点开放到十六点。塔内有一百三十二级台阶，没有电梯。导游每次带"
     "领十人上塔；"
     "塔下的博物馆除星期一外每天开放。"},
};

static const FixtureDocument DOCUMENTS[] = {
    {"手册.pdf", "港口手册", "pdf", SPLIT_TRAIN, HANDBOOK, sizeof HANDBOOK / sizeof *HANDBOOK},
    {"渡轮.md", "渡轮", "markdown", SPLIT_VAL, FERRIES, sizeof FERRIES / sizeof *FERRIES},
    {"灯塔.pdf", "灯塔", "pdf", SPLIT_TEST, LIGHTHOUSE, sizeof LIGHTHOUSE / sizeof *LIGHTHOUSE},
};

static const FixtureQuestion QUESTIONS[] = {
    {0, QUESTION_ACCEPTED, "船只用哪个频道呼叫港务处？", "哪", 1, .35, 0, false, .06, NULL},
    {0, QUESTION_PENDING, "港务处没有答复时，船只在哪里等候？", "哪里", 2, .30, 0, false, .19,
     NULL},
    {0, QUESTION_PENDING, "这一段讲了什么？", "什么", 0, .00, 0, true, .94, NULL},
    {1, QUESTION_ACCEPTED, "内港池什么时候不对帆船开放？", "什么时候", 1, .50, 0, false, .20, NULL},
    {1, QUESTION_PENDING, "在此时段到达的船只停靠等候浮桥吗？", "是否", 1, .90, 0, false, .72,
     NULL},
    {2, QUESTION_ACCEPTED, "夏季每米每夜的停泊费是多少？", "多少", 1, .30, 0, false, .11, NULL},
    {2, QUESTION_PENDING, "夏季停泊费每米每夜多少元？", "多少", 1, .28, 6, false, .63, NULL},
    {3, QUESTION_ACCEPTED, "风力达到几级时关闭船闸？", "几", 1, .40, 0, false, .12, NULL},
    {3, QUESTION_REJECTED, "为什么要这样做？", "为什么", 0, .00, 0, true, .96, NULL},
    {3, QUESTION_FLAGGED, "谁可以在北防波堤上行走？", "谁", 3, .33, 0, false, .33,
     "原文没有说可以"},
    {4, QUESTION_ACCEPTED, "冬季开往海岛的渡轮几点开出？", "几点", 1, .33, 0, false, .08, NULL},
    {4, QUESTION_ACCEPTED, "低潮时航程需要多长时间？", "多长", 2, .25, 0, false, .15, NULL},
    {5, QUESTION_ACCEPTED, "往返票多少钱？", "多少", 1, .50, 0, false, .17, NULL},
    {5, QUESTION_PENDING, "船上购买的船票有效期多久？", "多久", 1, .40, 0, false, .14, NULL},
    {6, QUESTION_ACCEPTED, "渡轮什么时候停航？", "什么时候", 1, .30, 0, false, .13, NULL},
    {7, QUESTION_ACCEPTED, "灯塔的第一任守塔人是谁？", "谁", 1, .45, 0, false, .09, NULL},
    {7, QUESTION_ACCEPTED, "灯塔用什么石料建成？", "什么", 1, .30, 0, false, .12, NULL},
    {8, QUESTION_ACCEPTED, "灯塔有多少级台阶？", "多少", 1, .35, 0, false, .10, NULL},
    {8, QUESTION_PENDING, "哪几天可以上塔参观？", "哪", 9, .10, 0, false, .42, NULL},
};

const FixtureCorpus FIXTURE_ZH = {DOCUMENTS, sizeof DOCUMENTS / sizeof *DOCUMENTS, QUESTIONS,
                                  sizeof QUESTIONS / sizeof *QUESTIONS, "offline-1"};
