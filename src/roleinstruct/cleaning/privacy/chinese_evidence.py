"""What stands around Chinese words that may be names, and what it says: a person acts, is called and is spoken to.

Three kinds of words need different proof. An ordinary one ("文静", "江山") is a name where it does what people do. One
for a time ("国庆", "夏天") must do what times cannot, for "国庆回家" says when and not who.
"""

import re

from roleinstruct.cleaning.privacy.segmentation import word_across
from roleinstruct.cleaning.privacy.wordlists import any_of, words

__all__ = ["TITLE", "is_addressed", "is_no_person", "is_spoken_of"]

TITLE = re.compile(any_of(words("titles")) + r"(?!式|制|傅)")
"""A title or word of kinship behind a name."""


def is_addressed(text: str, start: int, end: int) -> bool:
    """Whether a surname in front of a title is one, and not the end of a word or a preposition."""
    if word_across(text, start) or (start and text[start - 1] in "前现新历责主副总"):
        return False
    title = TITLE.match(text, end)
    if not title or (_AS_FOR.match(text, title.end()) and text[start:end] in "于就"):
        return False
    across, single = word_across(text, end), len(title.group()) == 1
    if across and (single or across[1] > title.end()):
        return False  # 何处, 车队
    if single and word_across(text, title.end()) and title.group() not in "哥姐总":
        return False  # 高工资
    if text[start:end] in words("function_surnames"):
        return _STOPPED.match(text, title.end()) is not None and text[start:end] not in "和从由同"
    return True


def is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether what stands around a word speaks for a name."""
    before, after = text[max(0, start - 12) : start], text[end : end + 18]
    if text.strip() == text[start:end] or TITLE.match(after) or _NAMED.search(before):
        return True
    if word_across(text, start) or word_across(text, end) or _PLACE.match(after):
        return False
    if _ASKED.search(before):
        return True
    if _DESCRIBED.search(before):
        return False
    if _OPENING.search(before) and _CALLS.match(after):
        return True
    if _ONLY_PEOPLE.match(after) or (_DEALT.search(before) and _WITH.match(after)):
        return True
    if text[start:end] in words("times"):
        return False
    return _does_as_people_do(before, after)


def is_no_person(text: str, start: int, end: int) -> bool:
    """Whether the neighbours make a name of the dictionary what somebody does or where he goes: 我许诺过, 去秦岭."""
    before, after = text[max(0, start - 12) : start], text[end : end + 18]
    if _PREDICATE.search(before) or _LOCATED.match(after):
        return True
    return _GONE_TO.search(before) is not None and not _ONLY_PEOPLE.match(after)


def _does_as_people_do(before: str, after: str) -> bool:
    if _KIN.search(before) or _ACTS.match(after):
        return True
    if _MAY_ACT.match(after):
        return _HUMAN_CLAUSE.match(after) is not None
    if _CONTACT.search(before) and _STOPPED.match(after):
        return True
    return _REACHED.search(before) is not None and _STOPPED.match(after) is not None


_STOPPED = re.compile(r"\s*(?:[，。！？!?,.;；：:、~…）)」”\"'＂]|$|[吗呢吧啊呀啦嘛和跟与])")
_AS_FOR = re.compile(r".{0,3}(?:来说|来讲|而言|来看)")
_OPENING = re.compile(r"(?:^|[，。！？!?,.;；：:、~…—（(「“\"\s]|[哎喂嗨嘿诶欸哟唉嗯哦呀啊])$")
_CALLS = re.compile(
    r"\s*[啊呀哪]?(?:[！!？?~]|[，,…]+(?=[一二三四五六七八九十\d]+(?:号|床|楼|桌|单元)|.{0,7}(?:你|您|快|别|接"
    r"|上车|下来|开门|坐|站|拿|等|起床|醒|来|走|帮|把|咱"
    r"|听|看|给|吃|喝|喊|叫|护士"
    r"|[妈爸叔姨哥姐婶爷奶舅]|我|昨|怎|什么|哪|谢|对不起|抱歉|麻烦|记得|不许|不准|今晚|明早)))"
)
_NAMED = re.compile(
    r"(?:(?<!大)(?:我|他|她|名字|大名|本名|孩子|[儿孙外甥侄][子女]?|女儿|爸|妈|老公|老婆)叫|名叫|姓名|名字是"
    r"|联系人|收件人|收货人|寄件人"
    r"|户主|联系|喊|告诉|通知|转告|嫁给|娶了|@|问问|找找|叫上|约上|带上|负责人|我是|本人是)[是为写填叫：:\s]*$"
)
_KIN = re.compile(
    r"(?:孙子|孙女|外孙女?|外甥女?|侄[子女儿]|儿子|女儿|闺女|[弟妹哥姐]|老公|老婆|媳妇|女婿|同学|同事|朋友|邻居"
    r"|室友|同桌|徒弟|搭档|闺蜜|哥们"
    r"|老板|师傅|护士|护士长|医生|班长|组长|队长|班[里上]的?|家的)$"
)
_DESCRIBED = re.compile(
    r"(?:[很真太更最挺够较比没不超蛮极算]|非常|特别|十分|这么|那么|多么|有点|比较|有些|还是您|还是你|一点|成"
    r"|[一二两三几这那每整上下][条片阵个朵块种座场汪次斤两袋包盒束瓶碗颗粒棵只把](?:儿|的)?|[朵片种条个]|(?<!班上"
    r"|班里|家里|单位|隔壁|楼上|楼下|公司)的"
    r"|今年|去年|明年|前年|每年|今天|明天|昨天|[过到去在从往回爱打守望渡游逛](?:[了过着]|完)?|[你我他她您谁们]"
    r"|面朝|看过|见过|热爱|保持|大|小|老)$"
)
_GONE_TO = re.compile(
    r"(?:(?<![看见遇碰找想轮收等说提听系感])到|(?<![见问骂打找帮教])过|[去往飞翻]|(?<![现正])在|从)[了过着]?$"
)
_LOCATED = re.compile(
    r"(?:里(?![外应])|[边岸畔]|山水|两岸|省|市|县|镇|区|路(?!过|上)|大?桥|大道|小区|花园|广场|公司|集团|饭店|酒店"
    r"|宾馆|超市|药店|小学|中学|医院|牌)"
)
_PREDICATE = re.compile(
    r"(?:[很真太更最挺够较蛮极]|非常|特别|十分|这么|那么|多么|有点|比较|有些"
    r"|(?<![叫让问找给跟和请是])(?:[我你他她您谁]|我们|你们|他们|咱们?))$"
)
_PLACE = re.compile(
    r"(?:边|[上下里中外](?!班|学|课|车|楼|午|次|来|去|周|个月)|岸|底|面(?!试)|畔|两岸|水|省|市|县|镇|区|路(?!过"
    r"|上)|街|桥|大桥|小区|花园|广场|村|乡|大道|时候|期间|假|长假"
    r"|放假|放[一二三五七八几]天|节|档|前[，后夕]|之|过后|以后|[如般似]|一样|一般|大合唱|调查|公司|集团|饭店|酒店"
    r"|宾馆|超市|药店|小学|中学|医院|牌|杯|点儿?[！!，,。]|了(?:一点|点)"
    r"|就是|是(?:什么|哪天|几号)|得|地|快乐)"
)
_ASKED = re.compile(
    r"(?:让|请|找|问|喊|派|劝|催|约(?!了)|叫|替|帮|陪|告诉|通知|联系|转告?|交给|发给|寄给|还给|借给|转给|留给|带给"
    r"|送给|谢谢|感谢|麻烦|拜托|提醒"
    r"|[跟和](?=$))(?:一下|[过了下])?$"
)
_REACHED = re.compile(r"[给跟和与对等谢为向把被是及]$|、$")
_DEALT = re.compile(r"[给跟和帮替对向]$")
_WITH = re.compile(r"(?:[也就都又再先]|一起){0,2}(?:发|打|寄|买|带|送|留|转|拿|讲|说|看|借|回|道|商量|约)")
_CONTACT = re.compile(r"(?:[0-9A-Za-z]|微信|电话|手机|号码?|邮箱|家长|班|科|组|部|室|栋|楼)[)）]?[，,、；;：:\s]\s*$")
_WHEN = (
    r"(?:刚才?|刚刚|已经|也|就|又|还|都|正在?|才|可能|肯定|今天|明天|昨天|昨晚|今早|今晚|上次|上周|下周"
    r"|周[一二三四五六日末]|下午|晚上|上午|中午"
    r"|总|老是|老|一直|自己|一个人|突然|终于|居然|到底|好像|应该|说好|要|想|没|不|会|能){0,3}"
)
_ONLY_PEOPLE = re.compile(
    rf"{_WHEN}(?:说(?!明|法|服|白)|问(?!题)|告诉|回答|答应|觉得|知道|认识|同意|结婚|离婚|领证|怀孕|住院|出院|辞职"
    rf"|升职|考上|考了|学会|毕业|打来|打电话|加我|加你"
    r"|借|欠|骂|哭|睡(?!觉)|醒|迟到|请假|发烧|感冒|交作业|[跟和给](?:我|你|他|她|您|咱)(?:说|讲|打|发|借|请)|嫁|娶"
    r"|生了|道歉|签字|报名)"
    r"|在.{2,4}(?:的(?:手机|电话|号|账|房子)|[开租买]的)|微信|手机|电话|QQ|邮箱|他|她|那儿|那里|这儿|[手家](?:里|上)"
    r"|家(?![庭乡具园])|的(?:妈|爸|爷|奶|哥|姐|弟|妹|手机|电话|微信|QQ|号|名字|车|家|老公|老婆|孩子|儿子|女儿"
    r"|快递|身份证|护照|作业|生日|病|包裹|男朋友|女朋友|班主任|老师|消息|行李|签名|衣服|书包|意见|工资|药|钥匙|钱"
    r"|检查|病历|片子|报告|化验|手术|成绩|分数|座位|订单|外卖|合同|押金|房租|杯子|水杯|眼镜|伞|帽子|鞋|简历|论文)"
)
_ACTS = re.compile(
    rf"{_WHEN}(?:喊|叫|想(?!法)|走(?!路|廊)|跑|笑|打(?!扮)|发(?=了?[你我给来的个过在到])|让(?!人)|喜欢|过敏|咳|吐"
    rf"|疼|减肥|失眠|加班|输|赢|唱|骑|开车|偷|交(?!通)|付|嫁|戒|挂号|排|报|赔|退|砸|答|练|画|弹|修|剪|染|逃|躲|哄"
    rf"|逗|敲|爱上|生病|搬|请|约|带|拿|买|卖|还(?!是)|寄|写|看|听|做(?!法|工)"
    r"|吃|喝|起床|考|接|送|回来|回家|到家|瞧|找|等|抱|背|穿|修|教|学|站|坐(?!落)|摔|丢|忘|值日|值班|上课|上班|下班"
    r"|出差|当(?!然|时)|管(?!理|道)|选|帮|陪|把)"
    r"|是(?=[我你他她谁咱哪]|老师|班长|医生)|你|您|我|咱|呢|怎么|什么时候|为什么|最近|以前|的(?:事|声音|照片|票|卡)"
)
_MAY_ACT = re.compile(
    rf"{_WHEN}(?:会(?!议|场)|能(?!力|源)|不(?!锈|断)|没|有|要(?!求)|来(?!源|自)|去(?!年|世界)|在(?!于)|给|被|跟|和"
    rf"|与(?!时)|同(?!样)|到|说|就|都|也|又|已|可)"
)
_HUMAN_CLAUSE = re.compile(
    r"[^，。！？!?,.;；：:\s]*?(?:[你我他她您咱妈爸爷奶哥姐弟妹钱饭药家]|老师|单位|学校|公司|医院|加班|值班|出差"
    r"|开会|排队|同桌|同学|作业|手机"
    r"|电话|微信|上课|上班|来[了吗]|没来|不来|不在|在[吗家]|去哪|一起|两口|孩子|值|都[来去])"
)
