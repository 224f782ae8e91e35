"""Where somebody lives: postal addresses that lead to a door, Chinese and English.

A Chinese address has no mark where it begins, so the run of characters in front of a road or an estate is cut at words
that stand before addresses and never in them. "去人民路走走", "三楼" and "学校门口" lead to no door.
"""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span

__all__ = ["find_places"]


def find_places(view: str) -> Iterator[Span]:
    """Find `address`."""
    if _DOOR.search(view):
        yield from _find_chinese(view)
    for match in _ENGLISH.finditer(view):
        yield Span("address", *match.span())


def _find_chinese(view: str) -> Iterator[Span]:
    reached = 0
    for match in _CHINESE.finditer(view):
        start = max(reached, _beginning(view, match))
        name = view[start : match.start("door")]
        if start >= match.start("door") or not _is_place_name(name):
            continue
        reached = _end(view, match)
        yield Span("address", start, reached)


def _beginning(view: str, match: re.Match[str]) -> int:
    """Where the name of the place begins in the run of characters that ends with it."""
    start, end = match.start(), match.start("door")
    region = _REGION.search(view, start, end)
    cut = max((m.end() for m in _STOP.finditer(view, start, region.start() if region else end)), default=start)
    if region and region.start() >= cut:
        return region.start()
    while lead := _LEAD.match(view, cut, end):
        if not _is_place_name(view[lead.end() : end]):
            break
        cut = lead.end()
    return cut


def _end(view: str, match: re.Match[str]) -> int:
    """Behind the last part: a building may follow the number of the house, and a door the building."""
    end = match.end()
    while more := _MORE.match(view, end):
        end = more.end()
    return end


def _is_place_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _COMMON.fullmatch(name) is None


_HAN = r"[\u3400-\u9fff]"
_COUNT = (
    r"(?:[0-9]{1,5}(?:[\-~][0-9]{1,5}){0,3}|[零〇一二三四五六七八九十百两]{1,6}|[甲乙丙丁]?[0-9]{1,4}"
    r"|[A-Za-z]\d{0,4}|[东西南北甲乙丙丁])"
)
_UNIT = (
    r"(?:号大?院|号楼|号[甲乙]|号库|号弄|号|弄|栋|幢|座|塔|单元|室|房|层|楼|户|组|社|队|期|区|门|支弄"
    r"|#楼|#|梯|F(?![a-z]))"
)
_ROAD = r"(?:大道|大街|中路|东路|西路|南路|北路|路|街|巷|胡同|弄堂|里弄|里|道|条)"
_SIDE = r"(?:[东南西北中][段街]|[东南西北中](?=\d)|[一二三四五六七八九十]段)?"
_ESTATE = (
    r"(?:小区|社区|花园|家园|公寓|新村|新苑|花苑|雅苑|嘉苑|苑|名庭|庭|华府|府|名城|新城|城|湾|园区|公园里|园|居|里"
    r"|坊|大厦|广场|大楼|山庄|庄园"
    r"|宿舍区?|家属院|家属楼|大院|公馆|名邸|豪庭|半岛|国际|天地|天下|一品|御景|郡|墅|别墅|院|轩|阁|台|邸|寓|都|岸"
    r"|景|岛|谷|峰|门|里程"
    r"|新天地|中心|写字楼|科技园|工业园|产业园|创业园|软件园|村|寨|屯|堡|庄|营)"
)
_DOOR_OF_ROAD = (
    rf"\s?{_COUNT}\s?(?:弄\s?{_COUNT}\s?)?(?:号大?院|号楼|号|弄)"
    r"(?!线|公交|地铁|出|口|车|桌|晚|早|那天|下午|上午|中午|见|站|台|机|柜|球|选手|店员|前(?![门面])|后(?![门面])"
    r"|之|以)"
)
_DOOR_OF_ESTATE = (
    rf"\s?(?:[一二三四五六七八九十\d]期\s?)?(?:[东南西北]?[一二三四五六七八九十]?区\s?)?"
    rf"(?:{_COUNT}\s?(?:号楼|栋|幢|座|单元|塔|大?队|组|社|#楼|#|号院)"
    rf"|\d{{1,4}}[\-]\d{{1,4}}(?:[\-]\d{{1,5}}){{0,2}}(?:室|号|房)?(?![\d\-])"
    rf"|{_COUNT}\s?号(?!线|公交|地铁|出|门|口|车|桌|晚|早|那天|机|球|馆|厅)|\d{{3,5}}\s?(?:室|房(?!间)))"
)
_CHINESE = re.compile(
    rf"{_HAN}[{_HAN[1:-1]}0-9A-Za-z·]{{0,36}}?(?:{_ROAD}{_SIDE}(?P<road>)|{_ESTATE}(?P<estate>))"
    rf"(?P<door>(?(road){_DOOR_OF_ROAD}|{_DOOR_OF_ESTATE}))"
)
_MORE = re.compile(
    rf"[ ,]?(?:[A-Za-z]{{0,8}}(?:{_HAN}{{2,8}}?{_ESTATE}|(?:教学|办公|实验|宿舍|行政|综合|科研|住院|门诊"
    rf"|家属)楼))?\s?附?(?:{_COUNT}\s?{_UNIT}(?!线|公交|地铁|出口|口|车|桌|那天)"
    rf"|(?<=[号栋幢座楼元室])[零〇一二三四五六七八九]{{3,4}}"
    rf"|(?<=[号栋幢座塔楼层元院厦厅寓门])\s?[A-Za-z]?\d{{2,5}}(?:-\d{{1,4}})?室?(?![\d年月日点元块%.])"
    rf"|\d{{1,4}}(?:-\d{{1,5}}){{1,2}}(?:室"
    rf"|号)?(?![\d\-])|(?<=[号楼栋幢座])[前后侧正]门(?![口外卫禁前旁]))"
)
_DOOR = re.compile(rf"(?:{_ROAD}|{_ESTATE}|[东南西北中一二三四五六七八九十][段街区期])\s?(?:{_COUNT})")
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    "|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_CITIES = (
    "石家庄|唐山|保定|廊坊|太原|大同|沈阳|大连|鞍山|长春|哈尔滨|齐齐哈尔|大庆|南京|无锡|徐州|常州|苏州|南通|连云港|淮安|盐城|扬州|镇江|泰州|宿迁"
    "|杭州|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|合肥|芜湖|蚌埠|安庆|福州|厦门|泉州|漳州|莆田|南昌|九江|赣州|上饶|济南|青岛|淄博|烟台"
    "|潍坊|济宁|泰安|威海|临沂|郑州|洛阳|开封|新乡|南阳|武汉|宜昌|襄阳|荆州|黄石|长沙|株洲|湘潭|衡阳|岳阳|常德|广州|深圳|珠海|汕头|佛山|东莞|中山"
    "|惠州|江门|湛江|肇庆|南宁|柳州|桂林|海口|三亚|成都|绵阳|德阳|宜宾|泸州|贵阳|遵义|昆明|大理|西安|咸阳|宝鸡|兰州|西宁|银川|乌鲁木齐|呼和浩特"
    "|包头|拉萨|昆山|义乌|常熟|张家港|江阴"
)
_REGION = re.compile(
    rf"(?:{_PROVINCES})(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区)?(?!话|人|菜|的)"
    rf"|(?:{_CITIES})(?:市|区)?(?!话|人|菜|的)"
)
_STOP = re.compile(
    r"[在住到去是送给我你您他她它们的了就搬寄往至这那吗呢吧啊址把被找说于](?!洪区|都区|田镇|家堡|家庄)|地址|位于"
    r"|坐落|收货|收件|目的地|快递|邮寄|导航|定位"
    r"|公司|单位|老家|户籍|户口|籍贯|现在|今天|明天|昨天|晚上|以前|从前|目前|直接|(?<!解)放(?!生|鹤)|搁|扔|停|租"
    r"|丢|[0-9A-Za-z]{3,}"
)
_LEAD = re.compile(
    r"[从来去回往到发填写改换跟和与及离对好嗯哦请让叫约见也还都再才先家搬送走过沿进]|经过|路过|登记|门牌|填|约在"
)
_NAME = re.compile(
    rf"{_HAN}{{2}}[{_HAN[1:-1]}0-9A-Za-z·]{{0,34}}?(?:{_ROAD}{_SIDE}|{_ESTATE})(?:\s?[一二三四五六七八九十\d]期)?"
)
_COMMON = re.compile(
    r"(?:.{0,2}(?:这|那|哪|几|每|同)|[第走过坐有]?[半一两三])(?:条|个|座|栋|片)?(?:路|街|巷|道|里|城|园|村|院|门"
    r"|台|都|景|条|小区"
    r"|社区|大厦|广场|中心)"
    r"|(?:铁|公|高速公?|马|走|问|顺|出|后|思|套|网|线|大|小|半|老|新|回|上|赶|过|道|绕|跑|带)(?:路|街|道)|(?:知|味"
    r"|报|频|渠|通|轨|跑|街|地|隧|赛|管)道"
    r"|(?:.{0,4})(?:那里|这里|哪里|家里|心里|手里|城里|村里|夜里|店里|公里|屋里|院里|会里|班里|包里|群里|校园|公园"
    r"|医院|学院|法院|影院|剧院|电影院"
    r"|戏院|成都|首都|全都|电台|阳台|平台|柜台|吧台|后台|前台|窗台|讲台|专门|部门|出门|进门|大门|校门|东门|西门"
    r"|南门|北门|热门|开门|购物中心"
    r"|商场|政府|乐园|幼儿园|动物园|植物园|菜园|果园|县城|长城|商城|全城|风景|背景|情景)"
    r"|(?:我们|你们|他们|咱们|咱|我家|你家|他家|她家|这个|那个|隔壁|旁边|对面|附近|同一个?|整个|哪个)?(?:小区|社区"
    r"|花园|公寓|宿舍|大厦|广场|大楼|写字楼|中心|科技园|新城|新村|国际)"
)
_TYPE = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way"
    r"|Parkway|Pkwy|Circle|Cir"
    r"|Highway|Hwy|Crescent|Close|Trail|Trl|Gardens|Grove|Row|Walk|Loop|Alley|Plaza|Broadway)"
)
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]|Alabama|Alaska|Arizona"
    r"|California|Colorado|Florida|Georgia|Illinois|Indiana|Massachusetts|Michigan|Minnesota|Nevada|New York|Ohio"
    r"|Oregon|Pennsylvania|Texas|Virginia"
    r"|Washington|Wisconsin)"
)
_TOWN = (
    r"(?:London|Manchester|Birmingham|Leeds|Liverpool|Bristol|Edinburgh|Glasgow|Cardiff|Oxford|Cambridge|Dublin"
    r"|Toronto|Vancouver|Montreal|Ottawa|Sydney"
    r"|Melbourne|Brisbane|Perth|Auckland|Wellington|New York|Brooklyn|Queens|Boston|Chicago|Seattle|Portland|Denver"
    r"|Austin|Dallas|Houston|Philadelphia"
    r"|Phoenix|Atlanta|Miami|Detroit|San Francisco|San Diego|Los Angeles|Oakland|Springfield)"
)
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"
_WORD = r"[A-Z][\wÀ-ÿ'’.\-]*"
_ENGLISH = re.compile(
    rf"(?<![\w.,$£€#\-:/])(?<![Tt]he )(?:(?:Flat|Apt\.?|Apartment|Unit"
    rf"|Suite)\s#?\w{{1,5}},\s)?\d{{1,5}}[A-Za-z]?(?:-\d{{1,5}})?\s(?:(?:N|S|E|W|NE|NW|SE|SW)\.?\s)?"
    rf"(?:(?:{_WORD}|\d{{1,3}}(?:st|nd|rd|th))\s){{1,4}}?{_TYPE}(?![\w'’])(?:\.(?=[, ][\w#]|$))?(?:\s(?:N|S|E|W|NE|NW"
    rf"|SE|SW|North|South|East|West)\b)?"
    rf"(?:,?\s(?:(?:Apt|Apartment|Unit|Suite|Ste|Floor|Flat|Room|Rm)\b\.?\s?#?\s?\w{{1,5}}|#\s?\w{{1,5}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th) [Ff]loor))?"
    rf"(?:,?\s(?:(?:{_WORD}\s){{0,2}}{_WORD},?\s{_STATE}\b(?:,?\s\d{{5}}(?:-\d{{4}})?)?"
    rf"|(?:{_WORD}\s){{0,2}}{_WORD},?\s(?:{_POSTCODE}|\d{{5}}(?:-\d{{4}})?)\b"
    rf"|{_TOWN}\b(?:,?\s{_POSTCODE}\b)?))?"
    rf"|(?<![\w.,$£€#\-:/])(?<![Tt]he )\d{{1,5}}\s(?!(?:mile|block|minute|hour|foot|feet|meter|car|lane|step"
    rf"|more|other|different|percent|on|of|the|a|in|at|to|new)s?\s)[a-z]{{3,12}}\s"
    rf"(?:street|avenue|road|boulevard)\b(?:,?\s(?:apt|apartment|unit|suite)\b\.?\s?#?\w{{1,5}})?",
    re.ASCII,
)
